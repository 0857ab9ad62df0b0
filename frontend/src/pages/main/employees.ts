import type { Employee, User } from '@/api/types'

export type Shown = 'all' | 'unpaired' | 'problem'

const plain = (text: string | null) => (text ?? '').toLocaleLowerCase()

/** Employees of a filter, by a part of their name or of that of their user. */
export function shownEmployees(all: Employee[], shown: Shown, search: string): Employee[] {
  const wanted = plain(search.trim())
  return all
    .filter(one => shown === 'all' || (shown === 'unpaired' ? one.active && one.user_id === null : one.problem !== null))
    .filter(one => plain(one.title).includes(wanted) || plain(one.user).includes(wanted))
}

/** Without a last name Bitrix24 shows nobody in its lists, and the server does not join them. */
export const withoutLastName = (users: User[]): User[] =>
  users.filter(user => user.active && !user.last_name.trim())

/** Users that an employee may be joined to. */
export const joinable = (users: User[]): User[] =>
  users.filter(user => user.active && !withoutLastName([user]).length)
