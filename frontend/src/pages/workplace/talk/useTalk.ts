import { reactive, shallowRef, type ShallowRef } from 'vue'
import { useApi } from '@/api/client'
import { Problem } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import type { Chat, Letter } from '../types'
import { lastOfClient, merged, withLetter, withMissing, withOlder } from './timeline'

/** One conversation: read, read again when it changed, and further back page by page. */
export function useTalk(id: number, onRead: (id: number) => void) {
  const api = useApi()
  const words = useWords()
  const chat = shallowRef<Chat | null>(null)
  const state = reactive({ loading: false, problem: '', older: false, gone: false })
  let again = false
  /** Letters that came while an answer was on its way: it may not have them. */
  let meanwhile: Letter[] = []

  async function load(): Promise<void> {
    // What changes while an answer is on its way is read after it, not beside it.
    if (state.loading) return void (again = true)
    state.loading = true
    meanwhile = []
    try {
      const fresh = await api.get<Chat>(`workplace/chats/${id}`)
      chat.value = withMissing(merged(chat.value, fresh), meanwhile)
      Object.assign(state, { problem: '', gone: false })
    } catch (error) {
      state.problem = words(error)
      state.gone = error instanceof Problem && error.status === 404
    } finally {
      state.loading = false
    }
    if (again) {
      again = false
      await load()
    }
  }

  async function older(): Promise<void> {
    const before = chat.value?.older
    if (!before || state.older) return
    state.older = true
    try {
      const page = await api.get<Chat>(`workplace/chats/${id}?before=${before}`)
      if (chat.value) chat.value = withOlder(chat.value, page)
    } catch (error) {
      state.problem = words(error)
    } finally {
      state.older = false
    }
  }

  function take(letter: Letter): void {
    meanwhile.push(letter)
    if (chat.value) chat.value = withLetter(chat.value, letter)
    if (state.loading) again = true
  }

  return { chat, state, load, older, see: useSeen(id, chat, onRead), take }
}

/** Tells the server up to where a conversation was read; called when its last words are before the reader's eyes. */
function useSeen(id: number, chat: ShallowRef<Chat | null>, onRead: (id: number) => void): () => Promise<void> {
  const api = useApi()
  let seen = 0
  return async () => {
    const last = chat.value ? lastOfClient(chat.value.messages) : null
    if (last === null || last <= seen || document.visibilityState !== 'visible') return
    const before = seen
    seen = last
    onRead(id)
    await api.post(`workplace/chats/${id}/seen`, { message_id: last }).catch((error: unknown) => {
      console.warn('It was not told that this was read', error)
      seen = before
    })
  }
}

export type Talk = ReturnType<typeof useTalk>
