import { toRaw } from 'vue'

/** A place in an edited value: the path of a list in it (`''` is the list itself) and an index in that list. */
export interface Place {
  list: string
  index: number
}

const keys = new WeakMap<object, number>()
let last = 0

/** The same for one row as long as it lives, wherever it is moved to. */
export function keyOf(row: object): number {
  const raw = toRaw(row)
  const known = keys.get(raw)
  if (known !== undefined) return known
  keys.set(raw, (last += 1))
  return last
}

/** Takes a row out and puts it before what stood at `to`; the list itself is changed. */
export function moveWithin<T>(rows: T[], from: number, to: number): void {
  const [row] = rows.splice(from, 1)
  if (row !== undefined) rows.splice(to > from ? to - 1 : to, 0, row)
}

export const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
