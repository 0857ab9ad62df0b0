import type { Group, MappingRow, Section, StageRule } from '@/api/communication'
import type { ChannelItem, Entity, Pipeline, ResponsibleRule, Stage, User } from '@/api/types'
import { useDirectory } from '@/editors/directories'
import { sentence } from '@/editors/filter/sentence'
import { conditionsIn } from '@/editors/filter/tree'
import { useSpeaker } from '@/editors/filter/useSpeaker'
import { originOf } from '@/editors/mapping/rows'
import { useCrmFields } from '@/editors/mapping/useCrmFields'
import { titleOf } from '@/editors/people/users'
import type { Naming } from '@/settings/naming'
import { assignWords } from './assignWords'
import { placeTitle } from './places'

type Texts = (key: string, values?: Record<string, unknown>) => string

/** The settings of a section in words: filters as sentences, rules line by line, ids by their names. */
export function useNaming(section: Section, t: Texts): Naming {
  const users = useDirectory<User>('users').rows
  const stages = useDirectory<Stage>('stages').rows
  const pipelines = useDirectory<Pipeline>('pipelines').rows
  const channels = section === 'chats' ? useDirectory<ChannelItem>('channels').rows : null
  const speaker = useSpeaker(section)
  const { find } = useCrmFields()

  const filterWords = (group: Group | null, always: string): string => (conditionsIn(group) > 0 ? sentence(group, speaker) : t(always))
  const ruleWords = (group: Group | null): string =>
    conditionsIn(group) > 0 ? `${t('communication.rule.if')} ${sentence(group, speaker)}` : t('communication.rule.always')
  /** A status of leads has no pipeline: that tells what a place is of. */
  const entityOf = (category: number | null): Entity => (category === null ? 'lead' : 'deal')
  const place = (rule: { category_id: number | null; stage_id: string }): string =>
    placeTitle(stages.value, pipelines.value, entityOf(rule.category_id), rule)

  function mappingWords(row: MappingRow): string {
    const origin = originOf(row)
    const from = origin === 'source' ? (speaker.field(row.source ?? '')?.title ?? row.source) : `«${String(row[origin])}»`
    const field = find(row.entity, row.field)?.title ?? row.field
    const mode = row.mode && row.mode !== 'always' ? ` (${t(`editors.mapping.mode.${row.mode}`).toLowerCase()})` : ''
    return `${t(`editors.entities.${row.entity}`)}, ${field} ← ${from}${mode}`
  }

  /** One id may be a status of leads and a stage of deals. */
  function stageWords(id: string): string {
    const titles = (stages.value ?? []).filter(one => one.id === id).map(one => one.title)
    return [...new Set(titles)].join(' / ') || id
  }

  const nameOf = (rows: { id: number; title: string }[] | null, id: number): string => rows?.find(one => one.id === id)?.title ?? `#${id}`
  const numbered = (lines: string[]): string[] => lines.map((line, index) => `${index + 1}. ${line}`)
  const orNone = (lines: string[]): string[] => (lines.length > 0 ? lines : [t('communication.none')])

  const WORDS: Record<string, (value: never) => string | string[]> = {
    'channels.mode': (mode: string) => t(`communication.channels.${mode}`),
    'channels.ids': (ids: number[]) => orNone(ids.map(id => nameOf(channels?.value ?? null, id))),
    filter: (group: Group | null) => filterWords(group, 'communication.filter.always'),
    'create.what': (what: string) => t(`communication.create.what.${what}.title`),
    'create.entity': (entity: string) => t(`communication.create.entity.${entity}.title`),
    'create.moment': (moment: string) => t(`communication.create.moment.${moment}.title`),
    'pipeline.default.category_id': (id: number | null) => (id === null ? t('empty') : nameOf(pipelines.value, id)),
    'pipeline.default.stage_id': stageWords,
    'pipeline.rules': (rules: StageRule[]) => orNone(numbered(rules.map(rule => `${ruleWords(rule.filter)} → ${place(rule)}`))),
    'responsible.rules': (rules: ResponsibleRule[]) =>
      orNone(numbered(rules.map(rule => `${ruleWords(rule.filter)} → ${assignWords(rule.assign, users.value, t)}`))),
    'responsible.default_user_id': (id: number | null) => (id ? titleOf(users.value, id) : t('empty')),
    'responsible.substitute_user_id': (id: number | null) => (id ? titleOf(users.value, id) : t('communication.responsible.noSubstitute')),
    'transcript.to': (targets: string[]) => orNone(targets.map(one => t(`editors.entities.${one}`))),
    'transcript.moment': (moment: string) => t(`communication.transcript.moment.${moment}.title`),
    'transcript.filter': (group: Group | null) => filterWords(group, 'communication.transcript.always'),
    mapping: (rows: MappingRow[]) => orNone(rows.map(mappingWords)),
  }

  return (path, value) => WORDS[path]?.(value as never)
}
