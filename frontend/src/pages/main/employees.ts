import type { Employee, User } from '@/api/types'

export const SHOWN = ['all', 'paired', 'unpaired', 'problem', 'inactive'] as const
export type Shown = (typeof SHOWN)[number]

const FITS: Record<Shown, (one: Employee) => boolean> = {
  all: () => true,
  paired: one => one.user_id !== null && one.problem === null,
  unpaired: one => one.active && one.user_id === null,
  problem: one => one.problem !== null,
  inactive: one => !one.active,
}

/** The Russian letter yo is often written as ye. */
const plain = (text: string | null) => (text ?? '').toLocaleLowerCase().replaceAll('\u0451', '\u0435')

/** Employees of a filter, by a part of their name or of that of their user. */
export function shownEmployees(all: Employee[], shown: Shown, search: string): Employee[] {
  const wanted = plain(search.trim())
  return all.filter(FITS[shown]).filter(one => plain(one.title).includes(wanted) || plain(one.user).includes(wanted))
}

export const countOf = (all: Employee[], shown: Shown): number => all.filter(FITS[shown]).length

/** Users that an employee may be joined to: without a last name Bitrix24 shows nobody in its lists. */
export const joinable = (users: User[]): User[] => users.filter(user => user.active && user.last_name.trim())
