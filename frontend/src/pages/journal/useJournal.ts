import { computed, onActivated, onBeforeUnmount, onDeactivated, reactive, ref, shallowRef, watch } from 'vue'
import { useApi } from '@/api/client'
import type { JournalItem, JournalPage, JournalState } from '@/api/types'
import { useWords } from '@/parts/useLoad'

const LIMIT = 50
const TYPING_MS = 300
/** New conversations appear by themselves this often, as long as only the newest page is shown. */
const LIVE_MS = 5000

export interface JournalFilter {
  state: JournalState | 'all'
  /** A part of the client's name, phone or e-mail. */
  q: string
}

function query({ state, q }: JournalFilter, next?: JournalPage['next']): string {
  const parts = new URLSearchParams({ limit: String(LIMIT) })
  if (state !== 'all') parts.set('state', state)
  if (q.trim()) parts.set('q', q.trim())
  if (next != null) parts.set('next', String(next))
  return `journal?${parts}`
}

/** The journal by its filter, page after page; an answer for a filter that was changed meanwhile is dropped. */
export function useJournal() {
  const api = useApi()
  const words = useWords()
  const filter = reactive<JournalFilter>({ state: 'all', q: '' })
  const items = shallowRef<JournalItem[] | null>(null)
  const next = ref<JournalPage['next']>(null)
  const pages = ref(1)
  const problem = ref('')
  const loading = ref(false)
  let asked = 0

  async function read(more: boolean, quietly = false): Promise<void> {
    const mine = ++asked
    loading.value = !quietly
    try {
      const page = await api.get<JournalPage>(query(filter, more ? next.value : undefined))
      if (mine !== asked) return
      items.value = more ? [...(items.value ?? []), ...page.items] : page.items
      next.value = page.next
      pages.value = more ? pages.value + 1 : 1
      problem.value = ''
    } catch (error) {
      if (mine === asked) problem.value = words(error)
    } finally {
      if (mine === asked) loading.value = false
    }
  }

  const refresh = () => read(false)
  whileShown(refresh, () => pages.value === 1 && !loading.value && read(false, true))

  let typing: ReturnType<typeof setTimeout> | undefined
  watch(() => filter.state, refresh)
  watch(() => filter.q, () => {
    clearTimeout(typing)
    typing = setTimeout(refresh, TYPING_MS)
  })
  onBeforeUnmount(() => clearTimeout(typing))

  const filtered = computed(() => filter.state !== 'all' || filter.q.trim() !== '')
  return { filter, filtered, items, next, problem, loading, refresh, more: () => read(true) }
}

/** Calls `shown` each time the tab is opened and `live` regularly until it is left. */
function whileShown(shown: () => unknown, live: () => unknown): void {
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = () => clearInterval(timer)
  onActivated(() => {
    void shown()
    timer = setInterval(() => document.visibilityState === 'visible' && live(), LIVE_MS)
  })
  onDeactivated(stop)
  onBeforeUnmount(stop)
}
