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

/** Leaves that differ, by path (`create.moment`); a list is one leaf. */
export function differences(mine: unknown, theirs: unknown, path = ''): Difference[] {
  if (same(mine, theirs)) return []
  if (!isMap(mine) || !isMap(theirs)) return [{ path, mine, theirs }]
  const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
  return keys.flatMap(key => differences(mine[key], theirs[key], path ? `${path}.${key}` : key))
}
