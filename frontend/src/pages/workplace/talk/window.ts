const MINUTE_MS = 60_000

/** Whole hours and minutes until a moment; null when it is over or was never. */
export function leftOf(until: string | null, now: number): { hours: number; minutes: number } | null {
  const left = until === null ? 0 : Date.parse(until) - now
  if (!(left > 0)) return null
  const minutes = Math.max(1, Math.floor(left / MINUTE_MS))
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}
