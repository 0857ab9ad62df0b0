import { onMounted, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { Problem, SessionLost } from '@/api/problem'

/** Words for anything that a call can throw; unknown errors are thrown on. */
export function useWords(): (error: unknown) => string {
  const { t } = useI18n()
  return error => {
    if (error instanceof SessionLost) return t('sessionLost.title')
    if (!(error instanceof Problem)) throw error
    if (error.status === 0) return t('problem.network')
    const said = [error.message, error.detail].filter(Boolean).join('. ')
    return said || t('problem.status', { status: error.status })
  }
}

/** Loads something when the page opens, and again on demand; keeps the last good answer. */
export function useLoad<T>(read: () => Promise<T>) {
  const words = useWords()
  const data = shallowRef<T | null>(null)
  const problem = ref('')
  const loading = ref(true)

  async function load(): Promise<void> {
    loading.value = true
    try {
      data.value = await read()
      problem.value = ''
    } catch (error) {
      problem.value = words(error)
    } finally {
      loading.value = false
    }
  }

  onMounted(load)
  return { data, problem, loading, load }
}
