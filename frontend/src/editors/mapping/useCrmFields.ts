import { computed } from 'vue'
import type { CrmField, FieldKind, MappedEntity } from '@/api/communication'
import { useDirectory } from '@/editors/directories'

/** Fields of the CRM and the names of their types. */
export function useCrmFields() {
  const { rows, problem } = useDirectory<CrmField>('fields')
  const kinds = useDirectory<FieldKind>('field_types').rows
  const titles = computed(() => new Map((kinds.value ?? []).map(({ id, title }) => [id, title])))
  const byName = computed(() => new Map((rows.value ?? []).map(field => [`${field.entity} ${field.name}`, field])))

  return {
    fields: rows,
    kinds,
    problem,
    find: (entity: MappedEntity, name: string): CrmField | undefined => byName.value.get(`${entity} ${name}`),
    typeTitle: (type: string): string => titles.value.get(type) ?? type,
  }
}
