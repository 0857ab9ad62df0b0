import { computed, onMounted, reactive, ref, watch } from 'vue'
import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import { guardUnsaved } from '@/settings/unsaved'
import type { QuickReply } from '@/pages/workplace/types'

interface Row {
  /** Of the page only: rows have no number of their own until they are saved. */
  key: number
  title: string
  text: string
}

/** Quick replies of the portal and the draft of them on the page. */
export function useReplies() {
  const api = useApi()
  const words = useWords()
  const rows = ref<Row[] | null>(null)
  const errors = ref<Record<string, string>>({})
  const stored = ref('')
  const state = reactive({ loading: true, loadProblem: '', saving: false, saved: false, problem: '', dirty: false })
  let keys = 0

  const said = () => JSON.stringify((rows.value ?? []).map(({ title, text }) => ({ title, text })))
  const dirty = computed(() => rows.value !== null && said() !== stored.value)

  function take(replies: QuickReply[]): void {
    rows.value = replies.map(({ title, text }) => ({ key: ++keys, title, text }))
    stored.value = said()
  }

  async function load(): Promise<void> {
    state.loading = true
    try {
      take(await api.get<QuickReply[]>('workplace/replies'))
      state.loadProblem = ''
    } catch (error) {
      state.loadProblem = words(error)
    } finally {
      state.loading = false
    }
  }

  async function save(): Promise<void> {
    Object.assign(state, { saving: true, problem: '' })
    errors.value = {}
    try {
      take(await api.put<QuickReply[]>('workplace/replies', { items: JSON.parse(said()) }))
      state.saved = true
    } catch (error) {
      state.problem = words(error)
      if (error instanceof Problem) errors.value = Object.fromEntries(error.errors.map(({ field, message }) => [field, message]))
    } finally {
      state.saving = false
    }
  }

  watch(dirty, now => Object.assign(state, { dirty: now, saved: state.saved && !now }))
  guardUnsaved('workplace.replies', dirty)
  onMounted(load)
  const add = () => rows.value?.push({ key: ++keys, title: '', text: '' })
  const remove = (at: number) => rows.value?.splice(at, 1)
  return { rows, state, errors, load, add, remove, save }
}
