/** The values of a box that holds one or several, without empty ones. */
export function several<V>(value: unknown): V[] {
  return (Array.isArray(value) ? value : [value]).filter(one => one !== undefined && one !== null && one !== '') as V[]
}

/** What a screen reader says of a box: its label, and what is in it. */
export const spoken = (label: string, value: string | undefined): string => (value ? `${label}: ${value}` : label)

/** The same of a list: what is chosen by its words, else `nothing`, the words that stand in the empty box. */
export function spokenOf(label: string, items: { value: unknown; label: string }[], chosen: unknown, nothing?: string): string {
  const found = items.filter(({ value }) => several(chosen).includes(value)).map(one => one.label)
  return spoken(label, found.join(', ') || nothing)
}
