import type { Box, ChatRow } from '../types'

/** Whether a conversation stands in a list; the server's own answer for those that are asked by their numbers. */
export function belongs(row: ChatRow, box: Box): boolean {
  if (box === 'mine') return row.mine
  return box === 'unanswered' ? row.waits_since !== null : true
}

/** The longest wait first, else the newest word first; as the server sorts them. */
export function sorted(rows: readonly ChatRow[], box: Box): ChatRow[] {
  const moment = (row: ChatRow) => Date.parse((box === 'unanswered' ? row.waits_since : null) ?? row.last_at)
  const direction = box === 'unanswered' ? 1 : -1
  return [...rows].sort((one, other) => direction * (moment(one) - moment(other) || one.id - other.id))
}

/** A list after `asked` were read again: what came takes its place, what did not come is not to be seen any more. */
export function renewed(rows: readonly ChatRow[], asked: readonly number[], came: readonly ChatRow[], box: Box, grows: boolean): ChatRow[] {
  const known = new Set(rows.map(({ id }) => id))
  const fits = came.filter(row => (grows || known.has(row.id)) && (grows ? belongs(row, box) : true))
  return sorted([...rows.filter(({ id }) => !asked.includes(id)), ...fits], box)
}

/** One page after the other; a row that moved meanwhile is there once, as it came last. */
export function joined(rows: readonly ChatRow[], more: readonly ChatRow[], box: Box): ChatRow[] {
  const fresh = new Set(more.map(({ id }) => id))
  return sorted([...rows.filter(({ id }) => !fresh.has(id)), ...more], box)
}
