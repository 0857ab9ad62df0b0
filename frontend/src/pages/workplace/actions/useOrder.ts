import { ref } from 'vue'
import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import { newKey } from '../newKey'

/** One order of an operator: whatever comes back, pressing again after no answer is the same order. */
export function useOrder<T>(path: () => string) {
  const api = useApi()
  const words = useWords()
  const busy = ref(false)
  const problem = ref('')
  let key = newKey()

  /** The answer, or null when it was refused: then `problem` says why. */
  async function order(body: Record<string, unknown> = {}): Promise<T | null> {
    busy.value = true
    problem.value = ''
    try {
      const answer = await api.post<T>(path(), { key, ...body })
      key = newKey()
      return answer
    } catch (error) {
      problem.value = (error instanceof Problem && error.errors[0]?.message) || words(error)
      // A refusal ends this order; what got no answer may have arrived.
      if (error instanceof Problem && error.status >= 400 && error.status < 500) key = newKey()
      return null
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, order }
}
