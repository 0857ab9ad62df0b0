import { onBeforeUnmount, onMounted, ref, watch } from 'vue'
import { useApi } from '@/api/client'
import { useLoad, useWords } from '@/parts/useLoad'
import { type LinesOverview, moving } from './lines'

/** What is switched is looked at so often; what the first look has set off shows a little later. */
const AGAIN_MS = 2500

/** Lines of the portal: read, and read again while they are being switched. `repair` and `make` change them. */
export function useLines() {
  const api = useApi()
  const words = useWords()
  const { data, problem, loading, load } = useLoad(() => api.get<LinesOverview>('open_lines'))
  const busy = ref('')
  const refusal = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(load, AGAIN_MS)
  }

  /** `name` says which button is busy meanwhile; true when it went well. */
  async function act(name: string, work: () => Promise<unknown>): Promise<boolean> {
    busy.value = name
    refusal.value = ''
    try {
      await work()
      await load()
      later()
      return true
    } catch (error) {
      refusal.value = words(error)
      return false
    } finally {
      busy.value = ''
    }
  }

  const repair = (line: number, code: string) => act(`${line} ${code}`, () => api.post('open_lines/repair', { line_id: line, repair: code }))

  /** The number of the line of this name, made when there was none. */
  async function make(name: string): Promise<number | null> {
    let made: number | null = null
    await act('make', async () => (made = (await api.post<{ id: number }>('open_lines/lines', { name })).id))
    return made
  }

  // Also after an answer that did not come.
  watch([data, loading], () => data.value !== null && !loading.value && moving(data.value) && later())
  onMounted(later)
  onBeforeUnmount(() => clearTimeout(timer))

  return { data, problem, loading, load, later, repair, make, busy, refusal }
}
