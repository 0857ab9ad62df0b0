import { useApi } from '@/api/client'

/** The server believes for eight seconds that somebody is writing. */
const EVERY_MS = 4000

/** Tells colleagues that one is writing here, no oftener than they need it. */
export function useTypingSign(chatId: number) {
  const api = useApi()
  let told = 0

  function typing(): void {
    const now = Date.now()
    if (now - told < EVERY_MS) return
    told = now
    api.post(`workplace/chats/${chatId}/answering`).catch((error: unknown) => console.warn('Colleagues were not told', error))
  }

  return { typing }
}
