import { reactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { type FieldError, Problem } from '@/api/problem'
import type { Versioned } from '@/api/types'
import { useWords } from '@/parts/useLoad'
import type { useSettings } from '@/settings/useSettings'
import { download, parsed } from './files'

interface Told {
  busy: boolean
  problem: string
  errors: FieldError[]
  /** What this portal does not have: the import waits for a word. */
  lacks: FieldError[]
  /** What was done about it; null while nothing was imported. */
  report: FieldError[] | null
}

const nothing = (): Omit<Told, 'busy'> => ({ problem: '', errors: [], lacks: [], report: null })

/** Export and import of a section. */
export function useTransfer<T extends object>(section: string, settings: ReturnType<typeof useSettings<T>>, imported: () => void) {
  const [api, words] = [useApi(), useWords()]
  const { t } = useI18n()
  const told = reactive<Told>({ busy: false, ...nothing() })
  let kept: unknown = null

  async function save(): Promise<void> {
    Object.assign(told, nothing())
    try {
      const made = await api.get<{ exported_at: string }>(`settings/${section}/export`)
      download(`uis-omni-${section}-${made.exported_at.slice(0, 10)}.json`, made)
    } catch (error) {
      told.problem = words(error)
    }
  }

  async function open(file: File): Promise<void> {
    kept = await parsed(file)
    if (kept === null) Object.assign(told, nothing(), { problem: t('versions.noExport') })
    else await send(false)
  }

  async function send(force: boolean): Promise<void> {
    told.busy = true
    try {
      const body = { document: kept, revision: settings.revision.value, force }
      const answer = await api.post<Versioned<T> & { report: FieldError[] }>(`settings/${section}/import`, body)
      settings.take(answer)
      Object.assign(told, nothing(), { report: answer.report })
      imported()
    } catch (error) {
      Object.assign(told, nothing(), refusal(error))
    } finally {
      told.busy = false
    }
  }

  function refusal(error: unknown): Partial<Told> {
    if (error instanceof Problem && error.code === 'import_lacks') return { lacks: error.errors }
    return { problem: words(error), errors: error instanceof Problem ? error.errors : [] }
  }

  return { told, save, open, force: () => send(true) }
}
