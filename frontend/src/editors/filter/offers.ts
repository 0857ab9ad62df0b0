import type { ComputedRef } from 'vue'
import { computed } from 'vue'
import type { Section, SeenValue } from '@/api/communication'
import type { DirectoryItem, SourceField } from '@/api/types'
import { type Lists, useLists } from '@/editors/directories'
import { kindOf } from './kinds'

export interface Offer {
  value: string | number
  label: string
  description?: string
}

const distinct = (offers: Offer[]): Offer[] => [...new Map(offers.map(offer => [offer.value, offer])).values()]

/** Values that the server documents or lists for a field; null where it knows of none. */
export function listed(field: SourceField, lists: Lists): Offer[] | null {
  if (field.values.length > 0) return field.values.map(({ id, title }) => ({ value: id, label: title }))
  if (!field.offered) return null
  const { directory, by } = field.offered
  const rows = lists<DirectoryItem>(`directory/${directory}`).rows.value ?? []
  return distinct(rows.map(({ id, title }) => ({ value: by === 'id' ? Number(id) : title, label: title })))
}

/** Values of a field to choose from: those of its list, and those that real communications had. */
export function useOffers(field: () => SourceField, section: Section, readonly: boolean): ComputedRef<Offer[]> {
  const lists = useLists()

  function seen(): Offer[] {
    const kind = kindOf(field().type)
    // Values of clients are shown to administrators only, who are those that may choose.
    if (readonly || (kind !== 'text' && kind !== 'list')) return []
    const rows = lists<SeenValue>(`settings/${section}/seen?field=${encodeURIComponent(field().name)}`).rows.value ?? []
    return rows.map(({ value, count }) => ({ value, label: value, description: `× ${count}` }))
  }

  return computed(() => {
    const known = listed(field(), lists)
    if (known === null) return seen()
    const values = new Set(known.map(({ value }) => value))
    return [...known, ...(field().offered ? seen().filter(({ value }) => !values.has(value)) : [])]
  })
}
