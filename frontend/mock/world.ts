import type { ChatsSettings, Connection, Employee, Health, Installation, JournalEntry, MainSettings, Sync } from '../src/api/types'
import { lineDialogs } from './analytics.ts'

const CHATS: ChatsSettings = {
  enabled: false,
  channels: { mode: 'all', ids: [] },
  without_contacts: false,
  filter: null,
  create: { on_first: true, on_repeat: true, what: 'crm_and_activity', entity: 'lead', moment: 'start', into_open: true },
  pipeline: { default: { category_id: null, stage_id: 'NEW' }, rules: [] },
  responsible: { rules: [{ filter: null, assign: { kind: 'operator' } }], default_user_id: null, substitute_user_id: null },
  titles: {
    lead: 'Чат: {{ visitor.name | default: "Гость" }}',
    deal: 'Чат: {{ visitor.name | default: "Гость" }}',
    contact: '{{ visitor.name | default: "Гость" }}',
    activity: 'Чат: {{ chat.channel_name }}',
  },
  transcript: { to: ['lead', 'deal', 'contact'], moment: 'end', filter: null, files: true },
  notify: true,
  mapping: [],
}

export const CHANNELS = [
  { id: 740805, type: 'comagic', name: 'Сайт shop.example', status: 'active' },
  { id: 740806, type: 'telegram', name: 'Магазин в Telegram', status: 'active' },
  { id: 740807, type: 'whatsapp', name: 'WhatsApp отдела продаж', status: 'active' },
]

/** What the invented server has stored; one per process. */
export class World {
  expired = false
  ticketExpired = false
  settings: Record<string, { revision: number; settings: MainSettings | ChatsSettings }> = {
    main: { revision: 0, settings: { enabled: true } },
    chats: { revision: 0, settings: structuredClone(CHATS) },
  }

  installation: Installation = {
    state: 'installing',
    can_install: true,
    steps: [
      { name: 'tokens', title: 'Доступ к порталу', state: 'done', text: 'Получен' },
      { name: 'handlers', title: 'Обработчики событий', state: 'done', text: 'Подписано 9 событий' },
      { name: 'placements', title: 'Вкладки в карточках CRM', state: 'running', text: 'Лиды, сделки, контакты, компании' },
      { name: 'connector', title: 'Коннектор открытых линий', state: 'waiting', text: '' },
    ],
  }

  connection: Connection = { ...NONE }
  health: Health = {
    state: 'warning',
    checks: [
      { name: 'tokens', state: 'ok', text: 'Доступ действует, администраторов в запасе: 2', repair: null },
      { name: 'handlers', state: 'broken', text: 'Битрикс24 снял 2 обработчика после обновления', repair: true },
      { name: 'uis', state: 'warning', text: 'UIS ещё не подключён', repair: null },
      { name: 'queue', state: 'ok', text: 'Ничего не ждёт', repair: null },
    ],
  }

  sync: Sync = { state: 'never', finished_at: null, parts: [] }
  employees: Employee[] = [
    { id: 367852, title: 'Оператор первой линии', active: true, user_id: 9, user: 'Старший оператор', joined_by: 'email', problem: null },
    { id: 367853, title: 'Оператор ночной смены', active: true, user_id: null, user: null, joined_by: null, problem: null },
    { id: 367854, title: 'Оператор на испытании', active: true, user_id: 12, user: 'Уволенный', joined_by: 'hand', problem: 'Пользователь «Уволенный» уволен' },
  ]

  journal: JournalEntry[] = structuredClone(JOURNAL)
  dialogs = lineDialogs()
  analyticsNotes: { state: 'warning' | 'broken'; text: string }[] = []
}

export const NONE: Connection = {
  state: 'none',
  project: null,
  login: null,
  account: null,
  answering: null,
  channels: [],
  data_api: { state: 'none', text: null },
  problem: null,
  warnings: [],
}

const entry = (id: number, part: Partial<JournalEntry>): JournalEntry => ({
  id,
  conversation: `chat-${id}`,
  kind: 'chat',
  state: 'done',
  problem: null,
  client: 'Покупатель, +7 900 000-00-01',
  entities: [],
  at: '2026-01-12T10:24:00+03:00',
  explanation: [
    { kind: 'event', text: 'Клиент начал чат в канале «Сайт shop.example»' },
    { kind: 'search', text: 'По телефону +7 900 000-00-01 в CRM никого не найдено: первое обращение' },
    { kind: 'rule', text: 'Создаётся лид и дело, ответственный: оператор чата' },
    { kind: 'result', text: 'Создан лид № 81, переписка записана в таймлайн' },
  ],
  calls: [
    { method: 'crm.item.add', step: 'Создать лид', state: 'done', outcome: 'сделано', result: 81, problem: null },
    { method: 'crm.timeline.comment.add', step: 'Записать переписку', state: 'done', outcome: 'сделано', result: 7, problem: null },
  ],
  ...part,
})

const lead = { type: 'lead', id: 81, title: 'Чат: Покупатель', url: '/crm/lead/details/81/' }
const contact = { type: 'contact', id: 12, title: null, url: 'https://portal.example/crm/contact/details/12/' }

const JOURNAL = [
  entry(5, { entities: [lead, contact] }),
  entry(4, { state: 'failed', problem: 'Битрикс24 требует заполнить поле «Источник»: заполните его в настройках полей', problem_code: 'required:SOURCE_ID', client: null }),
  entry(3, { state: 'filtered', client: 'Посетитель <b>из рекламы</b>' }),
  entry(2, { state: 'waiting', explanation: [], calls: [] }),
  entry(1, { state: 'in_doubt', problem: 'Неизвестно, дошло ли сообщение до клиента' }),
]
