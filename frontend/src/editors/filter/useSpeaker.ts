import { useI18n } from 'vue-i18n'
import type { Section } from '@/api/communication'
import type { SourceField } from '@/api/types'
import { useLists } from '@/editors/directories'
import { useSourceFields } from '@/editors/fields/sourceFields'
import { listed } from './offers'
import type { Speaker } from './sentence'

/** Words for the filters of a section, in the language of the page. */
export function useSpeaker(section: Section): Speaker {
  const { t, d } = useI18n()
  const { find } = useSourceFields(section)
  const lists = useLists()

  function value(field: SourceField | undefined, given: unknown): string {
    if (typeof given === 'boolean') return t(given ? 'yes' : 'no')
    if (given === null || given === undefined || given === '') return ''
    if (field?.type === 'date' || field?.type === 'datetime') return day(String(given))
    const offer = field && listed(field, lists)?.find(one => String(one.value) === String(given))
    return offer?.label ?? String(given)
  }

  function day(text: string): string {
    const moment = new Date(text.length === 10 ? `${text}T00:00` : text)
    return Number.isNaN(moment.getTime()) ? text : d(moment, text.length === 10 ? 'date' : 'moment')
  }

  return { t: (key, values) => t(key, values ?? {}), field: find, value }
}
