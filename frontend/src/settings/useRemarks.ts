import type { Ref } from 'vue'
import { onBeforeUnmount, ref, watch } from 'vue'
import { useApi } from '@/api/client'
import type { Remark } from '@/api/communication'
import { Problem, SessionLost } from '@/api/problem'

/** Milliseconds without a change before the server is asked. */
const PAUSE = 700

/** Remarks of the server on the draft, asked anew whenever it rests. Administrators only: nobody else can change anything. */
export function useRemarks(section: string, draft: Ref<object | null>, admin: boolean): Ref<Remark[]> {
  const api = useApi()
  const remarks = ref<Remark[]>([])
  let timer = 0
  let asked = 0

  async function ask(): Promise<void> {
    const turn = (asked += 1)
    try {
      const { items } = await api.post<{ items: Remark[] }>(`settings/${section}/remarks`, { settings: draft.value })
      if (turn === asked) remarks.value = items
    } catch (error) {
      // Remarks are a help: without an answer the last ones stay, and a save says what is wrong.
      if (!(error instanceof Problem || error instanceof SessionLost)) throw error
    }
  }

  watch(draft, (now, before) => {
    if (!now || !admin) return
    clearTimeout(timer)
    timer = window.setTimeout(ask, before ? PAUSE : 0)
  }, { deep: true })
  onBeforeUnmount(() => clearTimeout(timer))
  return remarks
}
