import type { JournalItem } from '@/api/types'

/** Those that began last come first, as the server sorts them. */
function earlier(one: JournalItem, other: JournalItem): number {
  return Date.parse(other.at) - Date.parse(one.at) || other.id - one.id
}

/** The shown rows with what is new about them; rows that are not shown stay out. */
export function refreshed(shown: JournalItem[], read: JournalItem[]): JournalItem[] {
  const now = new Map(read.map(item => [item.id, item]))
  return shown.map(item => now.get(item.id) ?? item)
}

/** Rows of the newest page that are not shown yet. */
export function unseen(shown: JournalItem[], read: JournalItem[]): JournalItem[] {
  const known = new Set(shown.map(({ id }) => id))
  return read.filter(({ id }) => !known.has(id))
}

/** Both, each once, in order. */
export function merged(shown: JournalItem[], more: JournalItem[]): JournalItem[] {
  return [...shown, ...unseen(shown, more)].sort(earlier)
}
