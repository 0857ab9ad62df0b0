import type { Chat, Letter, Message } from '../types'

/** A day of a conversation as its reader's clock has it, and what was said on it. */
export interface Day {
  key: string
  date: Date
  messages: Message[]
}

/** Messages by day, oldest first. */
export function days(messages: readonly Message[]): Day[] {
  const found: Day[] = []
  for (const message of messages) {
    const date = new Date(message.at)
    const key = date.toDateString()
    const last = found.at(-1)
    if (last?.key === key) last.messages.push(message)
    else found.push({ key, date, messages: [message] })
  }
  return found
}

/** A conversation read again: earlier pages that are on the screen stay there. */
export function merged(kept: Chat | null, fresh: Chat): Chat {
  const first = fresh.messages[0]?.id
  if (!kept || first === undefined) return fresh
  const earlier = kept.messages.filter(({ id }) => id < first)
  return earlier.length > 0 ? { ...fresh, messages: [...earlier, ...fresh.messages], older: kept.older } : fresh
}

/** A page of earlier messages put before those that are there. */
export function withOlder(kept: Chat, page: Chat): Chat {
  const known = new Set(kept.messages.map(({ id }) => id))
  return { ...kept, messages: [...page.messages.filter(({ id }) => !known.has(id)), ...kept.messages], older: page.older }
}

/** A letter as the server has it now; one that was given up is gone. */
export function withLetter(chat: Chat, letter: Letter): Chat {
  const others = chat.letters.filter(({ id }) => id !== letter.id)
  if (letter.state === 'dropped' || (letter.state === 'done' && letter.kind !== 'message')) return { ...chat, letters: others }
  return { ...chat, letters: [...others, letter].sort((one, other) => one.id - other.id) }
}

/** A conversation whose answer left before these letters were taken: those that it does not name are put in. */
export function withMissing(chat: Chat, letters: readonly Letter[]): Chat {
  const known = new Set(chat.letters.map(({ id }) => id))
  return letters.filter(({ id }) => !known.has(id)).reduce(withLetter, chat)
}

/** The last message of the client, up to which a conversation is read by whoever has it before his eyes. */
export function lastOfClient(messages: readonly Message[]): number | null {
  return messages.findLast(({ source }) => source === 'client')?.id ?? null
}
