import type { CrmField, FieldKind, History, Rehearsals, Remark, TestProgress, Version } from '../src/api/communication'
import type { SourceField } from '../src/api/types'
import type { World } from './world.ts'

type Field = Partial<SourceField> & Pick<SourceField, 'name' | 'title'>

const field = (given: Field): SourceField => ({
  type: 'string',
  group: given.name.split('.')[0] ?? '',
  kinds: ['chat', 'request'],
  comparisons: ['eq', 'ne', 'contains', 'not_contains', 'in', 'not_in', 'empty', 'not_empty'],
  values: [],
  offered: null,
  ...given,
})

export const SOURCE_FIELDS: SourceField[] = [
  field({ name: 'visitor.name', title: 'Посетитель: имя' }),
  field({ name: 'visitor.city', title: 'Посетитель: город' }),
  field({ name: 'visitor.visits_count', title: 'Посетитель: число посещений', type: 'number', comparisons: ['eq', 'gt', 'lt', 'in', 'empty'] }),
  field({ name: 'chat.channel_name', title: 'Чат: канал', kinds: ['chat'], offered: { directory: 'channels', by: 'title' } }),
  field({ name: 'chat.is_transfer', title: 'Чат: был передан', kinds: ['chat'], type: 'boolean', comparisons: ['eq', 'empty'] }),
  field({
    name: 'chat.status', title: 'Чат: статус', kinds: ['chat'],
    values: [{ id: 'lost', title: 'Потерянный' }, { id: 'succeed', title: 'Успешный' }],
  }),
  field({ name: 'request.form_name', title: 'Заявка: форма', kinds: ['request'] }),
  field({ name: 'tags', title: 'Теги', type: 'list', comparisons: ['in', 'not_in', 'empty'], offered: { directory: 'tags', by: 'title' } }),
]

const crmField = (given: Partial<CrmField> & Pick<CrmField, 'entity' | 'name' | 'title' | 'type'>): CrmField => ({
  multiple: false,
  required: false,
  custom: false,
  appendable: false,
  refusal: null,
  items: [],
  ...given,
})

export const CRM_FIELDS: CrmField[] = [
  crmField({ entity: 'lead', name: 'utmSource', title: 'UTM Source', type: 'string' }),
  crmField({ entity: 'lead', name: 'comments', title: 'Комментарий', type: 'text', appendable: true }),
  crmField({ entity: 'lead', name: 'opportunity', title: 'Сумма', type: 'double' }),
  crmField({ entity: 'lead', name: 'stageId', title: 'Стадия', type: 'crm_status', refusal: 'Значение этого поля определяют другие настройки' }),
  crmField({ entity: 'contact', name: 'sourceId', title: 'Источник', type: 'crm_status', items: [{ id: 'WEB', title: 'Веб-сайт' }] }),
  crmField({ entity: 'activity', name: 'text', title: 'Строка текста в деле', type: 'text' }),
]

const FIELD_TYPES: FieldKind[] = [
  { id: 'string', title: 'Строка', accepts: { string: 'yes', number: 'yes', list: 'yes' } },
  { id: 'text', title: 'Текст', accepts: { string: 'yes', number: 'yes', list: 'yes' } },
  { id: 'double', title: 'Число', accepts: { string: 'maybe', number: 'maybe', date: 'no' } },
]

/** Lists for the editors, by the name of the directory. */
export const LISTS: Record<string, unknown[]> = {
  source_fields: SOURCE_FIELDS,
  fields: CRM_FIELDS,
  field_types: FIELD_TYPES,
  tags: [{ id: 3, title: 'VIP' }, { id: 4, title: 'Спам' }],
  segments: [],
}

const side = (text: string) => ({
  outcome: 'creates' as const, text, communication: 'first' as const, creates: [], into: [], responsible: { id: 7, name: 'Менеджер продаж' },
  transcript: ['lead'], notified: true,
})

export const REHEARSED: Rehearsals = {
  total: 2,
  changed: 1,
  draft: { creates: 2 },
  published: { creates: 1, filtered: 1 },
  items: [
    {
      id: 2, conversation: 'chat-2', client: 'Покупатель', at: '2026-01-12T10:24:00+03:00', asked: true,
      draft: side('Создаётся: лид, дело'), published: side('Не передаётся'),
      differences: [{ what: 'outcome', title: 'Итог', published: 'не передаётся', draft: 'создаётся' }],
      explanation: [{ kind: 'first', text: 'Первое обращение' }],
    },
    {
      id: 1, conversation: 'chat-1', client: null, at: '2026-01-12T10:20:00+03:00', asked: false,
      draft: side('Создаётся: лид'), published: side('Создаётся: лид'), differences: [], explanation: [],
    },
  ],
}

const TEST: TestProgress = {
  state: 'done', remove: true, started_at: '2026-01-12T10:24:00+03:00', finished_at: '2026-01-12T10:24:02+03:00',
  steps: [{ name: 'lead', title: 'Лид', state: 'done', text: '№ 81', url: null }],
  explanation: [{ kind: 'first', text: 'Первое обращение' }],
}

const HISTORY: History = {
  state: 'never', rehearse: false, days: null, started_at: null, finished_at: null, percent: 0,
  chats: { found: 0, known: 0 }, requests: { found: 0, known: 0 }, items: [], problem: null,
}

export const REMARK: Remark = { kind: 'hint', field: 'responsible.default_user_id', message: 'Сотрудник сейчас отсутствует: Менеджер продаж' }

/** What is asked about the settings of a section: `settings/<section>/<what>`; undefined for what is no such question. */
export function draftAnswer(world: World, section: string, what: string, body: Record<string, unknown> | undefined): unknown {
  const answers: Record<string, () => unknown> = {
    remarks: () => ({ items: world.remarks }),
    preview: () => ({ items: [{ id: 5, sample: false, conversation: 'chat-5', client: 'Покупатель', title: `= ${String(body?.template)}`, problem: null }] }),
    seen: () => ({ items: [{ value: 'Казань', count: 12 }, { value: 'Москва', count: 3 }] }),
    rehearse: () => structuredClone(REHEARSED),
    versions: () => ({ items: versions(world, section) }),
  }
  return answers[what]?.()
}

function versions(world: World, section: string): Version[] {
  const now = world.settings[section]
  if (!now || now.revision === 0) return []
  return [{ revision: now.revision, author_id: 1, author: 'Администратор портала', at: '2026-01-12T10:24:00+03:00', settings: now.settings as never }]
}

export const testAnswer = (): TestProgress => structuredClone(TEST)
export const historyAnswer = (): History => structuredClone(HISTORY)
