import type { Comparison } from '@/api/communication'
import type { SourceField } from '@/api/types'

/** What a value is for the reader: it decides the words of a comparison and the box for its value. */
export type ValueKind = 'text' | 'number' | 'date' | 'boolean' | 'list'

export function kindOf(type: SourceField['type']): ValueKind {
  if (type === 'number' || type === 'money') return 'number'
  if (type === 'date' || type === 'datetime') return 'date'
  return type === 'boolean' || type === 'list' ? type : 'text'
}

/** Comparisons to choose from; one that is stored already is among them, even if it is not offered. */
export function comparisonsOf(field: SourceField, stored: Comparison): Comparison[] {
  return field.comparisons.includes(stored) ? field.comparisons : [...field.comparisons, stored]
}

/** A text that was typed as a value of this kind; what is no number stays a text, so that the server can say so. */
export function typed(kind: ValueKind, text: string): string | number {
  if (kind !== 'number') return text
  const number = Number(text.replace(/\s/g, '').replace(',', '.'))
  return text.trim() === '' || Number.isNaN(number) ? text : number
}

/** The value that a comparison begins with, keeping what fits from before. */
export function valueFor(kind: ValueKind, cmp: Comparison, before: unknown): unknown {
  if (cmp === 'empty' || cmp === 'not_empty') return undefined
  const first = Array.isArray(before) ? before[0] : before
  const one = kind === 'boolean' ? (typeof first === 'boolean' ? first : true) : first
  if (cmp !== 'in' && cmp !== 'not_in') return one ?? ''
  if (Array.isArray(before)) return before
  return one === undefined || one === '' ? [] : [one]
}
