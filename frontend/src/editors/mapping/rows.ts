import type { CrmField, FieldKind, Fit, MappedEntity, MappingRow } from '@/api/communication'
import type { SourceField } from '@/api/types'

export type Origin = 'source' | 'constant' | 'template'
export const ORIGINS: readonly Origin[] = ['source', 'constant', 'template']
export const MODES = ['always', 'if_empty', 'append'] as const

/** Where the value of a row comes from: the one of three that it has. */
export const originOf = (row: MappingRow): Origin => ORIGINS.find(origin => row[origin] !== undefined && row[origin] !== null) ?? 'source'

export const newRow = (entity: MappedEntity): MappingRow => ({ entity, field: '', mode: 'always', source: '' })

/** A row has exactly one of the three. */
export function originate(row: MappingRow, origin: Origin, value: MappingRow['constant'] = ''): void {
  delete row.source
  delete row.constant
  delete row.template
  Object.assign(row, { [origin]: value })
}

export type ConstantKind = 'list' | 'boolean' | 'number' | 'date' | 'datetime' | 'user' | 'text'

/** The box for a constant of a field's type. */
export function constantKind(field: CrmField | undefined): ConstantKind {
  if (!field) return 'text'
  if (field.items.length > 0) return 'list'
  const kinds: Record<string, ConstantKind> = {
    boolean: 'boolean',
    char: 'boolean',
    integer: 'number',
    double: 'number',
    date: 'date',
    datetime: 'datetime',
    user: 'user',
    employee: 'user',
  }
  return kinds[field.type] ?? 'text'
}

/** How a source suits a field, as the server's table says; undefined while something is not known. */
export function fitOf(source: SourceField | undefined, field: CrmField | undefined, kinds: FieldKind[] | null): Fit | undefined {
  const accepts = kinds?.find(({ id }) => id === field?.type)?.accepts
  if (!source || !field || !accepts) return undefined
  return accepts[source.type === 'list' && field.multiple ? 'string' : source.type]
}

/** Whether a row has the words that are searched for, in its field, its source or its value. */
export function matches(row: MappingRow, words: string, titles: { field: string; source: string }): boolean {
  const text = [titles.field, titles.source, row.field, row.source, row.template, String(row.constant ?? '')].join(' ').toLowerCase()
  return words.toLowerCase().split(/\s+/).every(word => text.includes(word))
}
