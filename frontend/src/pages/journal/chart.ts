import type { JournalDay } from '@/api/types'

export const SERIES = ['created', 'filtered', 'failed', 'other'] as const
export type Series = (typeof SERIES)[number]
export type Totals = Record<'received' | 'created' | 'filtered' | 'failed', number>

export interface Bar {
  day: JournalDay
  /** Heights in percent of the highest bar, from the ground up. */
  parts: { series: Series; height: number }[]
}

export function totals(days: JournalDay[]): Totals {
  const sum = (key: keyof Totals) => days.reduce((total, day) => total + day[key], 0)
  return { received: sum('received'), created: sum('created'), filtered: sum('filtered'), failed: sum('failed') }
}

/** A bar for each day. What was made before a later step failed counts twice, so a bar is cut at its total. */
export function bars(days: JournalDay[]): Bar[] {
  const most = Math.max(1, ...days.map(({ received }) => received))
  return days.map(day => {
    let left = day.received
    const take = (count: number) => {
      const taken = Math.min(count, left)
      left -= taken
      return taken
    }
    const counts = { failed: take(day.failed), created: take(day.created), filtered: take(day.filtered) }
    const parts = SERIES.map(series => ({ series, height: (100 * (series === 'other' ? left : counts[series])) / most }))
    return { day, parts: parts.filter(({ height }) => height > 0) }
  })
}

/** Which bar is reached by a key of the arrows, as in a row of radio buttons; null for other keys. */
export function step(key: string, at: number, count: number): number | null {
  const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }
  const next = moves[key]
  return next === undefined ? null : Math.min(Math.max(next, 0), count - 1)
}
