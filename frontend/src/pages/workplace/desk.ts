import type { InjectionKey, Ref, ShallowRef } from 'vue'
import { inject } from 'vue'
import type { SendingDesk } from './compose/useSending'
import type { Writing, Writings } from './compose/writing'
import type { Answering, DeskView } from './types'

/** What the parts of the workplace have in common. */
export interface Desk {
  view: ShallowRef<DeskView | null>
  writings: Writings
  sending: SendingDesk
  /** Who is writing in the open conversation. */
  answering: Ref<Answering[]>
  open: (chatId: number | null) => void
  /** Writes to a client first: of the card, else of a conversation. */
  begin: (chatId: number | null) => void
  /** Reads who the user is here and what waits. */
  reload: () => Promise<void>
}

export const deskKey: InjectionKey<Desk> = Symbol('desk')

export function useDesk(): Desk {
  const desk = inject(deskKey)
  if (!desk) throw new Error('The desk is provided by its page')
  return desk
}

/** What was written in one conversation; every part of the page has the same. */
export const useWriting = (chatId: number): Writing => useDesk().writings.of(chatId)
