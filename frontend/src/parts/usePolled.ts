import { onBeforeUnmount, ref, watch } from 'vue'
import { useLoad, useWords } from './useLoad'

/** Work of the server that was begun here or elsewhere: read, and read again while it is running. `begin` starts it. */
export function usePolled<T>(read: () => Promise<T>, running: (data: T) => boolean, milliseconds: number) {
  const words = useWords()
  const { data, problem, loading, load } = useLoad(read)
  const starting = ref(false)
  const refusal = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  async function begin(start: () => Promise<unknown>): Promise<void> {
    starting.value = true
    refusal.value = ''
    try {
      await start()
      await load()
    } catch (error) {
      refusal.value = words(error)
    } finally {
      starting.value = false
    }
  }

  // Also after an answer that did not come.
  watch([data, loading], () => {
    clearTimeout(timer)
    if (data.value !== null && running(data.value) && !loading.value) timer = setTimeout(load, milliseconds)
  })
  onBeforeUnmount(() => clearTimeout(timer))

  return { data, problem, loading, load, begin, starting, refusal }
}
