import { onBeforeUnmount, ref, watch } from 'vue'
import { useApi } from '@/api/client'
import type { Sync } from '@/api/types'
import { useLoad, useWords } from '@/parts/useLoad'

const POLL_MS = 1000

/** Manual synchronization: `start()` begins a run, which is then watched until it ends; `ended` is called after it. */
export function useSync(ended: () => void) {
  const api = useApi()
  const words = useWords()
  const { data, problem, loading, load } = useLoad(() => api.get<Sync>('sync'))
  const starting = ref(false)
  const refusal = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  async function start(): Promise<void> {
    starting.value = true
    refusal.value = ''
    try {
      await api.post('sync')
      await load()
    } catch (error) {
      refusal.value = words(error)
    } finally {
      starting.value = false
    }
  }

  /** Looks again while a run is under way, also after an answer that did not come. */
  watch([data, loading], () => {
    clearTimeout(timer)
    if (data.value?.state === 'running' && !loading.value) timer = setTimeout(load, POLL_MS)
  })
  watch(() => data.value?.state, (now, before) => before === 'running' && now !== 'running' && ended())
  onBeforeUnmount(() => clearTimeout(timer))

  return { data, problem, loading, load, start, starting, refusal }
}
