import type { ComputedRef, InjectionKey, Ref } from 'vue'
import { inject } from 'vue'
import type { ChatsSettings } from '@/api/types'

/** The draft of the section, shared by the blocks of its page. */
export interface ChatsDraft {
  draft: Ref<ChatsSettings>
  errors: Ref<Record<string, string>>
  /** Nothing may be changed: the user is no administrator. */
  readonly: boolean
  /** Anything is created in the CRM as lead or deal. */
  createsEntity: ComputedRef<boolean>
  createsAnything: ComputedRef<boolean>
  /** A portal without leads: only deals are offered. */
  simpleCrm: boolean
}

export const draftKey: InjectionKey<ChatsDraft> = Symbol('chats draft')

export function useChatsDraft(): ChatsDraft {
  const draft = inject(draftKey)
  if (!draft) throw new Error('Provided by ChatsPage')
  return draft
}
