import type { Assign, User } from '@/api/types'
import { titleOf } from '@/editors/people/users'

type Texts = (key: string, values?: Record<string, unknown>) => string

/** Whom a rule assigns, in a few words. */
export function assignWords(assign: Assign, users: User[] | null, t: Texts): string {
  if (assign.kind === 'user') return assign.user_id ? titleOf(users, assign.user_id) : t('communication.assign.nobody')
  if (assign.kind !== 'queue') return t(`communication.assign.${assign.kind}.short`)
  const names = assign.user_ids.map(id => titleOf(users, id)).join(', ')
  return names ? t('communication.assign.queue.short', { names }) : t('communication.assign.nobody')
}
