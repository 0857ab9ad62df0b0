import type { Ref } from 'vue'
import { nextTick, onMounted, reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Versioned } from '@/api/types'
import { useWords } from '@/parts/useLoad'
import { partAt, same } from './differences'
import { focusField } from './focusField'
import { guardUnsaved } from './unsaved'
import { useDraft } from './useDraft'

/**
 * A settings document of the server and the draft of it on the page.
 *
 * `save()` sends the draft with the revision it was made from. At 409 `conflict` holds what the server has now:
 * `takeTheirs()` or `keepMine()` ends it. At 422 `errors` holds the messages by field and the first one is focused.
 */
export function useSettings<T extends object>(section: string) {
  const api = useApi()
  const words = useWords()
  const { revision, stored, draft, dirty, take } = useDraft<T>()
  const state = reactive({ loading: true, saving: false, saved: false, loadProblem: '', problem: '' })
  const refusal = useRefusal<T>(draft, problem => (state.problem = problem))

  async function load(): Promise<void> {
    state.loading = true
    try {
      take(await api.get<Versioned<T>>(`settings/${section}`))
      state.loadProblem = ''
    } catch (error) {
      state.loadProblem = words(error)
    } finally {
      state.loading = false
    }
  }

  async function save(): Promise<void> {
    if (draft.value === null || state.saving) return
    Object.assign(state, { saving: true, saved: false })
    refusal.clear()
    try {
      take(await api.put<Versioned<T>>(`settings/${section}`, { revision: revision.value, settings: draft.value }))
      state.saved = true
    } catch (error) {
      await refusal.take(error)
    } finally {
      state.saving = false
    }
  }

  function settle(version: Versioned<T> | null): void {
    if (version) take(version)
    refusal.clear()
  }

  async function keepMine(): Promise<void> {
    revision.value = refusal.conflict.value?.revision ?? revision.value
    await save()
  }

  const takeTheirs = () => settle(refusal.conflict.value)
  /** What became of the settings elsewhere on the page: rolled back, imported. */
  const taken = (version: Versioned<T>) => settle(version)
  const reset = () => settle(stored.value && { revision: revision.value, settings: stored.value })

  watch(dirty, () => (state.saved &&= !dirty.value))
  guardUnsaved(section, dirty)
  onMounted(load)

  const { errors, conflict } = refusal
  return { state, revision, draft, dirty, errors, conflict, load, save, reset, take: taken, takeTheirs, keepMine }
}

/** What the server said against a save: fields at 422, its own version at 409, words for anything else. */
function useRefusal<T extends object>(draft: Ref<T | null>, say: (problem: string) => void) {
  const { t } = useI18n()
  const words = useWords()
  const errors = ref<Record<string, string>>({})
  const conflict = ref(null) as Ref<Versioned<T> | null>
  let refused: T | null = null

  function clear(): void {
    errors.value = {}
    conflict.value = null
    say('')
  }

  async function take(error: unknown): Promise<void> {
    say(words(error))
    if (!(error instanceof Problem)) return
    if (error.status === 409 && error.current) conflict.value = error.current as Versioned<T>
    if (error.status !== 422 || error.errors.length === 0) return
    refused = JSON.parse(JSON.stringify(draft.value)) as T
    errors.value = Object.fromEntries(error.errors.map(({ field, message }) => [field, message]))
    say(t('save.refused', error.errors.length))
    await nextTick()
    focusField(error.errors.map(({ field }) => field))
  }

  /** A message about a value goes when that value is changed. */
  function forget(): void {
    const kept = Object.entries(errors.value).filter(([field]) => same(partAt(refused, field), partAt(draft.value, field)))
    if (kept.length === Object.keys(errors.value).length) return
    errors.value = Object.fromEntries(kept)
    say(kept.length > 0 ? t('save.refused', kept.length) : '')
  }

  watch(draft, forget, { deep: true })
  return { errors, conflict, clear, take }
}
