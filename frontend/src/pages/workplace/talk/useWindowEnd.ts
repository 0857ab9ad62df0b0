import { onBeforeUnmount, watch, type Ref } from 'vue'
import type { Chat } from '../types'

/** The clock of this computer may be ahead of the server's: then it is asked again. */
const LATER_MS = 2000

/** When the window of a channel ends, only templates may be written: the conversation is read again at that moment. */
export function useWindowEnd(chat: Readonly<Ref<Chat | null>>, load: () => unknown): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(chat, now => {
    clearTimeout(timer)
    const window = now?.window
    if (!window?.open || !window.until) return
    timer = setTimeout(load, Math.max(Date.parse(window.until) - Date.now(), 0) + LATER_MS)
  })
  onBeforeUnmount(() => clearTimeout(timer))
}
