import { ref, shallowRef } from 'vue'
import { useApi } from '@/api/client'
import type { CommunicationSettings, Rehearsals, Section } from '@/api/communication'
import { type FieldError, Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'

/** Rehearsals of a draft; `errors`: why it cannot be rehearsed as it is. */
export function useRehearsal(section: Section) {
  const [api, words] = [useApi(), useWords()]
  const told = shallowRef<Rehearsals | null>(null)
  const errors = shallowRef<FieldError[]>([])
  const problem = ref('')
  const running = ref(false)

  async function run(settings: CommunicationSettings, limit: number): Promise<void> {
    running.value = true
    errors.value = []
    problem.value = ''
    try {
      told.value = await api.post<Rehearsals>(`settings/${section}/rehearse`, { settings, limit })
    } catch (error) {
      told.value = null
      if (error instanceof Problem && error.errors.length > 0) errors.value = error.errors
      else problem.value = words(error)
    } finally {
      running.value = false
    }
  }

  return { told, errors, problem, running, run }
}
