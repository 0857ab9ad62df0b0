import type { TimelinePoint } from '@/api/types'
import { dayName } from './filter'

/** Points of one day of the reader's calendar. */
export interface TimelineDay {
  day: string
  points: TimelinePoint[]
}

export function byDay(points: TimelinePoint[]): TimelineDay[] {
  const days: TimelineDay[] = []
  for (const point of points) {
    const day = dayName(new Date(point.at))
    const last = days.at(-1)
    if (last?.day === day) last.points.push(point)
    else days.push({ day, points: [point] })
  }
  return days
}

/** So much later than it happened we heard of it, and it deserves to be said. */
const LATE_MS = 60_000

/** The moment when it happened, where it is told and we heard of it noticeably later. */
export function happenedEarlier({ at, said_at }: TimelinePoint): Date | null {
  return said_at && Date.parse(at) - Date.parse(said_at) >= LATE_MS ? new Date(said_at) : null
}
