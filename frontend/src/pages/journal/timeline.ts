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
    const day = dayName(happened(point))
    const last = days.at(-1)
    if (last?.day === day) last.points.push(point)
    else days.push({ day, points: [point] })
  }
  return days
}

/** When it happened, as far as that is told; what is said of a moment to come has happened when we heard of it. */
export function happened({ at, said_at }: TimelinePoint): Date {
  return new Date(Math.min(Date.parse(at), Date.parse(said_at ?? at)))
}

/** So much later than it happened we heard of it, and it deserves to be said. */
const LATE_MS = 60_000

/** The moment when we heard of it, where that was noticeably later. */
export function heardLater(point: TimelinePoint): Date | null {
  const heard = new Date(point.at)
  return heard.getTime() - happened(point).getTime() >= LATE_MS ? heard : null
}
