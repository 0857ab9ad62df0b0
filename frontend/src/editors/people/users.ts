import type { User } from '@/api/types'

/** Why a user cannot be chosen, or what to know before: one word for each. */
export type Mark = 'dismissed' | 'nameless' | 'absent' | 'unknown'

/** Whether somebody is away today is the server's to say: it knows the portal's calendar. */
export function markOf(user: User | undefined): Mark | null {
  if (!user) return 'unknown'
  if (!user.active) return 'dismissed'
  if (!user.last_name.trim()) return 'nameless'
  return user.absent ? 'absent' : null
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
