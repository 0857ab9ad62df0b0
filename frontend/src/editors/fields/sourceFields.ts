import type { ComputedRef } from 'vue'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Section } from '@/api/communication'
import type { SourceField } from '@/api/types'
import { useDirectory } from '@/editors/directories'

export const PROPERTY = 'visitor.custom_properties.'
const KINDS: Record<Section, SourceField['kinds'][number]> = { chats: 'chat', offline: 'request' }
const ALIASES: Record<string, string> = { 'visitor.phone': 'visitor.phone_number' }

export interface SourceFields {
  /** Fields that communications of this section have; empty until they are read. */
  fields: ComputedRef<SourceField[]>
  /** Any field by its name, also a single property of the visitor and one of the other section. */
  find(name: string): SourceField | undefined
  problem: ComputedRef<string>
}

/** A field's title without the group that it stands under, a title "Group: name" is "name". */
export const shortTitle = ({ title }: Pick<SourceField, 'title'>): string => title.slice(title.indexOf(': ') + 1).trim() || title

export function useSourceFields(section: Section): SourceFields {
  const { t } = useI18n()
  const { rows, problem } = useDirectory<SourceField>('source_fields')
  const byName = computed(() => new Map((rows.value ?? []).map(field => [field.name, field])))

  function find(name: string): SourceField | undefined {
    const known = byName.value.get(ALIASES[name] ?? name)
    if (known || !name.startsWith(PROPERTY) || name.length === PROPERTY.length) return known
    const like = byName.value.get('visitor.name')
    const title = t('editors.fields.property', { name: name.slice(PROPERTY.length) })
    return like && { ...like, name, title, type: 'string', values: [], offered: null }
  }

  return {
    fields: computed(() => (rows.value ?? []).filter(({ kinds }) => kinds.includes(KINDS[section]))),
    find,
    problem: computed(() => problem.value),
  }
}
