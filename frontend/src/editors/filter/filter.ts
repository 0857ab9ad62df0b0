import type { InjectionKey } from 'vue'
import { inject, provide } from 'vue'
import type { Section } from '@/api/communication'
import type { SourceField } from '@/api/types'
import type { Place } from '@/editors/order/moves'

/** What the parts of one filter share. */
export interface FilterContext {
  section: Section
  readonly: boolean
  find(name: string): SourceField | undefined
  /** One step of an item up or down, into and out of groups. */
  step(place: Place, by: -1 | 1): void
  /** Whether there is such a step. */
  movable(place: Place, by: -1 | 1): boolean
  remove(place: Place): void
}

const key: InjectionKey<FilterContext> = Symbol('filter')

export const provideFilter = (context: FilterContext): void => provide(key, context)

export function useFilter(): FilterContext {
  const context = inject(key)
  if (!context) throw new Error('Provided by FilterEditor')
  return context
}
