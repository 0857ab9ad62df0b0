import type { JournalState } from '@/api/types'

export const LIMIT = 50
export const PERIODS = ['all', 'today', 'week', 'month', 'custom'] as const
export type Period = (typeof PERIODS)[number]

export interface JournalFilter {
  /** Words of the client's name, a phone, an e-mail, or the number of a chat. */
  q: string
  state: JournalState | 'all'
  kind: 'chat' | 'offline' | 'all'
  /** Channel of UIS; 0: all. */
  channel: number
  /** Code of a problem; '': whatever it is. */
  problem: string
  period: Period
  /** Days as `2026-01-12`, both included; read when the period is `custom`. */
  since: string
  until: string
}

export const everything = (): JournalFilter => ({
  q: '', state: 'all', kind: 'all', channel: 0, problem: '', period: 'all', since: '', until: '',
})

const DAYS: Partial<Record<Period, number>> = { today: 1, week: 7, month: 30 }

/** A day of the calendar as the server wants it. */
export const dayName = (day: Date): string =>
  [day.getFullYear(), String(day.getMonth() + 1).padStart(2, '0'), String(day.getDate()).padStart(2, '0')].join('-')

export function daysAgo(count: number, today = new Date()): string {
  return dayName(new Date(today.getFullYear(), today.getMonth(), today.getDate() - count))
}

function bounds({ period, since, until }: JournalFilter): { since?: string; until?: string } {
  if (period === 'custom') return { since, until }
  const days = DAYS[period]
  return days === undefined ? {} : { since: daysAgo(days - 1) }
}

/** The address of a page of the journal. */
export function journalQuery(filter: JournalFilter, next?: string | null): string {
  const { q, state, kind, channel, problem } = filter
  const wanted: Record<string, string> = {
    limit: String(LIMIT),
    q: q.trim(),
    state: state === 'all' ? '' : state,
    kind: kind === 'all' ? '' : kind,
    channel: channel ? String(channel) : '',
    problem,
    ...bounds(filter),
    next: next ?? '',
  }
  return `journal?${new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''))}`
}

/** How many of its parts narrow the list, the search apart. */
export function narrowed(filter: JournalFilter): number {
  const none = everything()
  return (['state', 'kind', 'channel', 'problem', 'period'] as const).filter(key => filter[key] !== none[key]).length
}
