import type { User } from '@/api/types'

/** Why a user cannot be chosen, or what to know before: one word for each. */
export type Mark = 'dismissed' | 'nameless' | 'absent' | 'unknown'

/** `now`: milliseconds since 1970; an absence that is over is none. */
export function markOf(user: User | undefined, now: number = Date.now()): Mark | null {
  if (!user) return 'unknown'
  if (!user.active) return 'dismissed'
  if (!user.last_name.trim()) return 'nameless'
  return user.absent_until && Date.parse(user.absent_until) > now ? 'absent' : null
}

/** Whom the list offers: those who work here, and whoever is chosen already. People without a last name are shown, but not to be chosen. */
export function offered(users: User[], chosen: number[]): User[] {
  return users.filter(user => user.active || chosen.includes(user.id))
}

/** One or two letters for a person without a photo. */
export function initials(title: string): string {
  const words = title.replace(/[^\p{L}\p{N}\s]/gu, ' ').trim().split(/\s+/)
  return words.slice(0, 2).map(word => word[0]?.toUpperCase() ?? '').join('')
}

export const titleOf = (users: User[] | null, id: number): string => users?.find(user => user.id === id)?.title ?? `#${id}`
