import { useI18n } from 'vue-i18n'
import type { DirectoryItem, OpenLinesSettings } from '@/api/types'
import type { Lists } from '@/editors/directories'
import type { Naming } from '@/settings/naming'

/** Names for ids in a comparison of two versions. */
export function useLineNames(lists: Lists): Naming {
  const { t } = useI18n()
  const [channels, lines, employees] = ['channels', 'lines', 'employees'].map(name => lists<DirectoryItem>(`directory/${name}`).rows)
  const title = (rows: typeof channels, id: number) =>
    rows?.value?.find(one => one.id === id)?.title ?? t('open_lines.unnamed', { id })

  return (path, value) => {
    if (path === 'default_employee_id' && typeof value === 'number') return title(employees, value)
    if (path !== 'lines' || !Array.isArray(value)) return undefined
    const rows = value as OpenLinesSettings['lines']
    return rows.length === 0 ? t('empty') : rows.map(one => `${title(channels, one.channel_id)} → ${title(lines, one.line_id)}`)
  }
}
