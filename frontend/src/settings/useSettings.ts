import { computed, nextTick, onBeforeUnmount, onMounted, reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Versioned } from '@/api/types'
import { useWords } from '@/parts/useLoad'
import { same } from './differences'
import { focusField } from './focusField'

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Sections with unsaved changes, for the marks at the tabs. */
export const unsaved = reactive(new Set<string>())

function guardLeaving(event: BeforeUnloadEvent): void {
  if (unsaved.size > 0) event.preventDefault()
}

/**
 * A settings document of the server and the draft of it on the page.
 *
 * `save()` sends the draft with the revision it was made from. At 409 `conflict` holds what the server has now:
 * `takeTheirs()` or `keepMine()` ends it. At 422 `errors` holds the messages by field and the first one is focused.
 */
export function useSettings<T extends object>(section: string) {
  const api = useApi()
  const { t } = useI18n()
  const words = useWords()
  const state = reactive({ loading: true, saving: false, saved: false, loadProblem: '', problem: '' })
  const revision = ref(0)
  const stored = ref<T | null>(null)
  const draft = ref<T | null>(null)
  const errors = ref<Record<string, string>>({})
  const conflict = ref<Versioned<T> | null>(null)
  const dirty = computed(() => draft.value !== null && !same(stored.value, draft.value))

  function take(version: Versioned<T>): void {
    revision.value = version.revision
    stored.value = copy(version.settings) as typeof stored.value
    draft.value = copy(version.settings) as typeof draft.value
    errors.value = {}
    conflict.value = null
    state.problem = ''
  }

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

  async function refused(error: unknown): Promise<void> {
    state.problem = words(error)
    if (!(error instanceof Problem)) return
    if (error.status === 409 && error.current) conflict.value = error.current as typeof conflict.value
    if (error.status !== 422) return
    errors.value = Object.fromEntries(error.errors.map(({ field, message }) => [field, message]))
    state.problem = t('save.refused', error.errors.length)
    await nextTick()
    focusField(error.errors.map(({ field }) => field))
  }

  async function save(): Promise<void> {
    if (draft.value === null || state.saving) return
    Object.assign(state, { saving: true, problem: '', saved: false })
    errors.value = {}
    try {
      take(await api.put<Versioned<T>>(`settings/${section}`, { revision: revision.value, settings: draft.value }))
      state.saved = true
    } catch (error) {
      await refused(error)
    } finally {
      state.saving = false
    }
  }

  const takeTheirs = () => conflict.value && take(conflict.value as Versioned<T>)

  async function keepMine(): Promise<void> {
    revision.value = conflict.value?.revision ?? revision.value
    conflict.value = null
    await save()
  }

  const reset = () => stored.value && take({ revision: revision.value, settings: stored.value as T })

  watch(dirty, now => (now ? unsaved.add(section) : unsaved.delete(section)))
  onMounted(() => {
    window.addEventListener('beforeunload', guardLeaving)
    return load()
  })
  onBeforeUnmount(() => unsaved.delete(section))

  return { state, draft, stored, errors, conflict, dirty, load, save, reset, takeTheirs, keepMine }
}
