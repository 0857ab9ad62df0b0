import { computed, onActivated, onBeforeUnmount, onDeactivated, reactive, shallowRef, watch } from 'vue'
import { useApi } from '@/api/client'
import type { JournalItem, JournalPage } from '@/api/types'
import { useWords } from '@/parts/useLoad'
import { everything, journalQuery, narrowed, type JournalFilter } from './filter'
import { merged, refreshed, unseen } from './rows'

const TYPING_MS = 300
/** So often we look what is new and what has become of what waits. */
const LIVE_MS = 5000
const MOST_IDS = 100

/**
 * The journal by its filter, page after page, living: shown rows change where they stand, new ones wait in `fresh`
 * until `show()` is called or `undisturbed()` says that nobody's place is lost. An answer for a filter that was changed
 * meanwhile is dropped.
 */
export function useJournal(undisturbed: () => boolean) {
  const api = useApi()
  const words = useWords()
  const filter = reactive<JournalFilter>(everything())
  const items = shallowRef<JournalItem[] | null>(null)
  const fresh = shallowRef<JournalItem[]>([])
  const state = reactive({ next: null as string | null, problem: '', loading: false })
  let asked = 0

  async function read(more: boolean): Promise<void> {
    const mine = ++asked
    state.loading = true
    try {
      const page = await api.get<JournalPage>(journalQuery(filter, more ? state.next : null))
      if (mine !== asked) return
      items.value = more ? merged(items.value ?? [], page.items) : page.items
      if (!more) fresh.value = []
      Object.assign(state, { next: page.next, problem: '' })
    } catch (error) {
      if (mine === asked) state.problem = words(error)
    } finally {
      if (mine === asked) state.loading = false
    }
  }

  /** Quiet: a look that fails is simply made again. */
  async function look(): Promise<void> {
    const shown = items.value
    if (shown === null || state.loading) return
    const mine = asked
    const page = await api.get<JournalPage>(journalQuery(filter))
    const waiting = shown.filter(({ state: now, id }) => now === 'waiting' && !page.items.some(one => one.id === id))
    const again = waiting.length > 0 ? await api.get<JournalPage>(byIds(waiting)) : { items: [] }
    if (mine !== asked) return
    items.value = refreshed(items.value ?? [], [...page.items, ...again.items])
    fresh.value = unseen(items.value, page.items)
    if (undisturbed()) show()
  }

  function show(): void {
    items.value = merged(items.value ?? [], fresh.value)
    fresh.value = []
  }

  const refresh = () => read(false)
  const live = () => look().catch((error: unknown) => console.warn('The journal was not looked at', error))
  whileShown(() => (items.value === null ? refresh() : live()), live)
  watchFilter(filter, refresh)

  const filtered = computed(() => narrowed(filter) > 0 || filter.q.trim() !== '')
  const reset = () => Object.assign(filter, everything())
  return { filter, filtered, items, fresh, state, refresh, reset, show, live, more: () => read(true) }
}

const byIds = (rows: JournalItem[]) =>
  `journal?${new URLSearchParams([['limit', '200'], ...rows.slice(0, MOST_IDS).map(({ id }) => ['ids', String(id)])])}`

/** Typing is waited for, choices are not. */
function watchFilter(filter: JournalFilter, refresh: () => unknown): void {
  let typing: ReturnType<typeof setTimeout> | undefined
  const soon = () => {
    clearTimeout(typing)
    typing = setTimeout(refresh, TYPING_MS)
  }
  watch(() => filter.q, soon)
  watch(() => journalQuery({ ...filter, q: '' }), refresh)
  onBeforeUnmount(() => clearTimeout(typing))
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
