import type { ChatsSettings } from '@/api/types'

export type Doubling = 'create' | 'notify' | 'transcript' | 'mapping'

/** What in Chats makes doubles beside Open Lines: with both on, all of it must be off. The server refuses the same keys. */
export function doubling(chats: ChatsSettings): Doubling[] {
  if (!chats.enabled) return []
  const on: Record<Doubling, boolean> = {
    create: chats.create.on_first || chats.create.on_repeat,
    notify: chats.notify,
    transcript: chats.transcript.to.length > 0,
    mapping: chats.mapping.length > 0,
  }
  return (Object.keys(on) as Doubling[]).filter(name => on[name])
}
