/** What a dialog that belongs into UIS can be, in the order of the columns. */
export const GROUPS = ['uploaded', 'waiting', 'refused', 'missing'] as const

/** Each tells itself apart from white and from its neighbour. */
export const TONE = {
  uploaded: 'bg-[#12805c]',
  waiting: 'bg-[#8aa4c8]',
  refused: 'bg-[#d9362f]',
  missing: 'bg-[#b8860b]',
} as const

/** A share in whole per cent; 100 is said of all alone, 0 of none. */
export function percent(share: number | null): string {
  if (share === null) return '—'
  const rounded = Math.round(share * 100)
  return `${share > 0 && share < 1 ? Math.min(99, Math.max(1, rounded)) : rounded} %`
}
