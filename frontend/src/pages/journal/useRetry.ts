import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { useWords } from '@/parts/useLoad'

/** Retry by hand of some entries, or of all that have a problem; `said` is what came of it. */
export function useRetry(done: () => unknown) {
  const api = useApi()
  const words = useWords()
  const { t } = useI18n()
  const busy = ref(false)
  const said = ref('')
  const problem = ref('')

  async function send(body: { ids: number[] } | { problem: string }): Promise<void> {
    busy.value = true
    said.value = problem.value = ''
    try {
      const { count } = await api.post<{ count: number }>('journal/retry', body)
      said.value = t('journal.retry.done', count)
      await done()
    } catch (error) {
      problem.value = words(error)
    } finally {
      busy.value = false
    }
  }

  const these = (ids: number[]) => send({ ids })
  const all = (code: string) => send({ problem: code })
  return { busy, said, problem, these, all }
}
