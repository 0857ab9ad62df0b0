import type { Condition, Group } from '@/api/communication'
import type { SourceField } from '@/api/types'
import { kindOf } from './kinds'
import { isGroup, wantsValue } from './tree'

/** What the words of a filter are made with. */
export interface Speaker {
  t(key: string, values?: Record<string, unknown>): string
  field(name: string): SourceField | undefined
  /** What people call a value of a field. */
  value(field: SourceField | undefined, value: unknown): string
}

function says({ field: name, cmp, value }: Condition, { t, field, value: worded }: Speaker): string {
  const found = field(name)
  const title = found?.title ?? (name || t('editors.filter.unnamed'))
  const key = `editors.filter.says.${found ? kindOf(found.type) : 'text'}.${cmp}`
  if (!wantsValue(cmp)) return t(key, { field: title })
  const values = (Array.isArray(value) ? value : [value]).map(one => worded(found, one)).filter(Boolean)
  const empty = t('editors.filter.noValue')
  return t(key, { field: title, value: values.join(', ') || empty, values: values.join(t('editors.filter.comma')) || empty })
}

/** A filter as one sentence in words: nested groups in brackets. `''` when it holds always. */
export function sentence(group: Group | null, speaker: Speaker, nested = false): string {
  const items = group?.items ?? []
  const parts = items.map(item => (isGroup(item) ? sentence(item, speaker, true) : says(item, speaker))).filter(Boolean)
  const whole = parts.join(` ${speaker.t(`editors.filter.joint.${group?.op ?? 'and'}`)} `)
  return nested && parts.length > 1 ? `(${whole})` : whole
}
