import { useApi } from '@/api/client'
import { Problem, SessionLost } from '@/api/problem'
import { useWords } from '@/parts/useLoad'
import { newKey } from '../newKey'
import type { AttachedFile, Letter } from '../types'
import type { Outgoing, Writing, Writings } from './writing'

type Said = Pick<Outgoing, 'text' | 'file' | 'quote' | 'template'>

/** No answer, an answer of a server that is not well, or a session that ended: the same may be tried again. */
const passing = (error: unknown) =>
  error instanceof SessionLost || (error instanceof Problem && (error.status === 0 || error.status >= 500))

const LEAVING = { state: 'leaving', problem: '', later: false } as const
const outgoing = (said: Said): Outgoing => ({ ...said, ...LEAVING, key: newKey(), at: new Date().toISOString() })

/** Sends what was said, one after the other in each conversation. `taken` hears of every letter that the server has. */
export function useSending(writings: Writings, taken: (chatId: number, letter: Letter) => void) {
  const api = useApi()
  const words = useWords()
  const busy = new Set<number>()

  async function send(chatId: number, writing: Writing, item: Outgoing): Promise<void> {
    const { key, text, file, quote, template } = item
    try {
      const body = { key, text: template ? '' : text, file: file?.file ?? null, reply_to: quote?.id ?? null, template }
      const letter = await api.post<Letter>(`workplace/chats/${chatId}/messages`, body)
      writing.outgoing = writing.outgoing.filter(one => one.key !== key)
      taken(chatId, letter)
    } catch (error) {
      Object.assign(item, { state: 'unsent', problem: words(error), later: passing(error) })
    }
  }

  /** The next one leaves when the one before has arrived: their order is the order in which they were said. */
  async function pump(chatId: number): Promise<void> {
    if (busy.has(chatId)) return
    busy.add(chatId)
    const writing = writings.of(chatId)
    try {
      for (;;) {
        const item = writing.outgoing.find(({ state, later }) => state === 'leaving' || later)
        if (!item || item.state === 'unsent') return
        await send(chatId, writing, item)
      }
    } finally {
      busy.delete(chatId)
    }
  }

  function say(chatId: number, said: Said): void {
    writings.of(chatId).outgoing.push(outgoing(said))
    void pump(chatId)
  }

  /** A text, and every further file as a message of its own. */
  function sayAll(chatId: number, text: string, files: AttachedFile[], quote: Outgoing['quote']): void {
    const [first = null, ...others] = files
    say(chatId, { text, file: first, quote, template: null })
    for (const file of others) say(chatId, { text: '', file, quote: null, template: null })
  }

  function again(chatId: number, key: string): void {
    Object.assign(writings.of(chatId).outgoing.find(one => one.key === key) ?? {}, LEAVING)
    void pump(chatId)
  }

  /** The server is back: what waited for it leaves in its order. */
  function resume(): void {
    for (const [chatId, { outgoing }] of writings.all()) {
      for (const item of outgoing) if (item.later) Object.assign(item, LEAVING)
      void pump(chatId)
    }
  }

  return { say, sayAll, again, resume }
}

export type SendingDesk = ReturnType<typeof useSending>
