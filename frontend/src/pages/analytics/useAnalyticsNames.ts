import { useI18n } from 'vue-i18n'
import type { DirectoryItem } from '@/api/types'
import type { Lists } from '@/editors/directories'
import type { Naming } from '@/settings/naming'
import type { Messenger, Target } from './target'

const LISTS = { source_id: 'sources', site_id: 'sites', campaign_id: 'campaigns', employee_id: 'employees', connector: 'connectors' } as const
type Key = keyof typeof LISTS

/** Names for ids in a comparison of two versions. */
export function useAnalyticsNames(lists: Lists): Naming {
  const { t } = useI18n()
  const read = Object.fromEntries(Object.entries(LISTS).map(([key, name]) => [key, lists<DirectoryItem>(`directory/${name}`)]))
  const title = (key: Key, id: number | string) =>
    read[key]?.rows.value?.find(one => one.id === id)?.title ?? (typeof id === 'string' ? id : t('open_lines_analytics.gone', { id }))

  const targetWords = (target: Target) =>
    (['source_id', 'site_id', 'campaign_id'] as const).flatMap(key => (target[key] ? [title(key, target[key])] : [])).join(', ') || t('empty')

  return (path, value) => {
    const [, key] = path.split('.')
    if (path === 'employee_id' && typeof value === 'number') return title('employee_id', value)
    if (path === 'default' && typeof value === 'object' && value !== null) return targetWords(value as Target)
    if (path.startsWith('default.') && typeof value === 'number') return title(key as Key, value)
    if (path === 'events' && Array.isArray(value)) return value.map(event => t(`open_lines_analytics.events.${event}`))
    if (path !== 'messengers' || !Array.isArray(value)) return undefined
    return value.length === 0 ? t('empty') : (value as Messenger[]).map(row => `${title('connector', row.connector)}: ${targetWords(row)}`)
  }
}
