import type { ComputedRef, InjectionKey, Ref } from 'vue'
import { inject } from 'vue'
import type { CommunicationSettings, MappedEntity, Section } from '@/api/communication'

/** The draft of a section, shared by the blocks of its page. */
export interface Draft {
  section: Section
  draft: Ref<CommunicationSettings>
  /** Nothing may be changed: the user is no administrator. */
  readonly: boolean
  /** Anything is created in the CRM as lead or deal. */
  createsEntity: ComputedRef<boolean>
  createsAnything: ComputedRef<boolean>
  /** A portal without leads: only deals are offered. */
  simpleCrm: boolean
  /** Entities that rows of the mapping may name, the one that is created first. */
  entities: ComputedRef<MappedEntity[]>
  /** A text of both sections, or this section's own words for it. */
  t(key: string, values?: Record<string, unknown>): string
}

export const draftKey: InjectionKey<Draft> = Symbol('draft of a section')

export function useDraft(): Draft {
  const draft = inject(draftKey)
  if (!draft) throw new Error('Provided by CommunicationPage')
  return draft
}
