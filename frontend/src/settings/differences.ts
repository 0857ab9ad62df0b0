/** One leaf that two versions of a settings document have differently. */
export interface Difference {
  path: string
  mine: unknown
  theirs: unknown
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other)

/** The order of keys means nothing in a settings document. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isMap(part) ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))) : part,
  )
}

/** The part of a document at a path (`create.moment`, `titles.lead`); undefined where there is none. */
export function partAt(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | null | undefined)?.[key], document)
}

/** Leaves that differ, by path (`create.moment`); a list is one leaf. */
export function differences(mine: unknown, theirs: unknown, path = ''): Difference[] {
  if (same(mine, theirs)) return []
  if (!isMap(mine) || !isMap(theirs)) return [{ path, mine, theirs }]
  const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
  return keys.flatMap(key => differences(mine[key], theirs[key], path ? `${path}.${key}` : key))
}
