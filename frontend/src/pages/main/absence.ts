import type { User } from '@/api/types'

/** The last day on which a user is away. `said`: an administrator said so; else it is the portal's own absence chart. */
export interface Absence {
  day: string
  said: boolean
}

/** The server names a day where an administrator said it, and a moment where the portal did. */
export function absenceOf({ absent, absent_until }: User): Absence | null {
  if (!absent || !absent_until) return null
  return { day: absent_until.slice(0, 10), said: absent_until.length === 10 }
}
