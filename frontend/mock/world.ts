import type {
  AnalyticsSettings, Backlog, ChatsSettings, Connection, Employee, Health, Installation, JournalEntry, MainSettings,
  OpenLinesSettings, Sync,
} from '../src/api/types'
import type { OfflineSettings, Remark } from '../src/api/communication'
import { lineDialogs } from './analytics.ts'
import { JOURNAL } from './journal.ts'
import { ANALYTICS, makeLines, OPEN_LINES } from './lines.ts'
import { SOURCES, USERS } from './people.ts'

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

const OFFLINE: OfflineSettings & Partial<Pick<ChatsSettings, 'channels'>> = { ...CHATS, create: { ...CHATS.create, moment: 'received' } }
delete OFFLINE.channels

export const CHANNELS = [
  { id: 740805, type: 'comagic', name: 'Сайт shop.example', status: 'active' },
  { id: 740806, type: 'telegram', name: 'Магазин в Telegram', status: 'active' },
  { id: 740807, type: 'whatsapp', name: 'WhatsApp отдела продаж', status: 'active' },
]

interface Stored {
  revision: number
  settings: MainSettings | ChatsSettings | OfflineSettings | OpenLinesSettings | AnalyticsSettings
}

/** What the invented server has stored; one per process. */
export class World {
  expired = false
  remarks: Remark[] = []
  /** What a save is refused with, beside what the mock finds by itself. */
  refusals: { field: string; message: string }[] = []
  ticketExpired = false
  settings: Record<string, Stored> = {
    main: { revision: 0, settings: { enabled: true } },
    chats: { revision: 0, settings: structuredClone(CHATS) },
    offline: { revision: 0, settings: structuredClone(OFFLINE) },
    open_lines: { revision: 0, settings: structuredClone(OPEN_LINES) },
    open_lines_analytics: { revision: 0, settings: structuredClone(ANALYTICS) },
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

  lines = makeLines()
  connection: Connection = { ...NONE }
  health: Health = {
    state: 'warning',
    checks: [
      { name: 'tokens', state: 'ok', text: 'Доступ действует, администраторов в запасе: 2', repair: null },
      { name: 'handlers', state: 'broken', text: 'Битрикс24 снял 2 обработчика после обновления', repair: 'Починить' },
      { name: 'uis', state: 'warning', text: 'UIS ещё не подключён', repair: null },
      { name: 'queue', state: 'ok', text: 'Ничего не ждёт', repair: null },
    ],
  }

  sync: Sync = { state: 'never', percent: 100, started_at: null, finished_at: null, parts: [] }
  employees: Employee[] = [
    { id: 367852, title: 'Оператор первой линии', active: true, user_id: 9, user: 'Старший оператор', joined_by: 'email', problem: null },
    { id: 367853, title: 'Оператор ночной смены', active: true, user_id: null, user: null, joined_by: null, problem: null },
    { id: 367854, title: 'Оператор на испытании', active: true, user_id: 12, user: 'Уволенный', joined_by: 'hand', problem: 'Пользователь «Уволенный» уволен' },
  ]

  journal: JournalEntry[] = structuredClone(JOURNAL)
  backlog: Backlog = { count: 3, since: '2026-01-12T07:24:00+03:00' }
  users = structuredClone(USERS)
  sources = structuredClone(SOURCES)
  /** What was asked to be sent again to open lines. */
  sentAgain: unknown[] = []
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
  callback_url: null,
}
