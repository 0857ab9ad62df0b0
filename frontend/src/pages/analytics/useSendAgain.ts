import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useApi } from '@/api/client'
import { useWords } from '@/parts/useLoad'
import type { SendAgain } from './types'

/** Sending again of one dialog or of all with one reason; `said` is what came of it, `busy` whose button was pressed. */
export function useSendAgain(done: () => unknown) {
  const api = useApi()
  const words = useWords()
  const { t } = useI18n()
  const busy = ref('')
  const said = ref('')
  const problem = ref('')

  async function send(key: string, body: SendAgain): Promise<void> {
    busy.value = key
    said.value = problem.value = ''
    try {
      const { count } = await api.post<{ count: number }>('analytics/send_again', body)
      said.value = t('analyticsReport.again.done', count)
      await done()
    } catch (error) {
      problem.value = words(error)
    } finally {
      busy.value = ''
    }
  }

  return { busy, said, problem, send }
}
