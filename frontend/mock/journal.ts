import type { CrmLink, JournalDay, JournalEntry, TimelinePoint, Trouble } from '../src/api/types'

const point = (part: Partial<TimelinePoint>): TimelinePoint => ({
  at: '2026-01-12T10:24:00+03:00',
  said_at: null,
  kind: 'event',
  source: 'callback',
  title: '',
  text: '',
  author: null,
  state: 'done',
  problem: null,
  method: null,
  lines: [],
  link: null,
  ...part,
})

export const lead: CrmLink = { type: 'lead', id: 81, title: 'Чат: Покупатель', url: 'https://portal.example/crm/lead/details/81/' }
const contact: CrmLink = { type: 'contact', id: 12, title: null, url: 'https://portal.example/crm/contact/details/12/' }

const TIMELINE: TimelinePoint[] = [
  point({ title: 'Чат начал клиент', said_at: '2026-01-12T10:20:00+03:00' }),
  point({
    kind: 'message', author: 'visitor', title: 'Клиент', at: '2026-01-12T10:24:05+03:00',
    text: 'Здравствуйте! Есть диван <b>«Облако»</b>?',
  }),
  point({
    kind: 'decision',
    source: 'rules',
    title: 'Решение',
    at: '2026-01-12T10:24:08+03:00',
    lines: [
      { kind: 'client_unknown', text: 'В CRM клиент не найден ни по телефону, ни по почте' },
      { kind: 'first', text: 'Первое обращение' },
      { kind: 'creates', text: 'Создаётся: лид «Чат: Покупатель»' },
    ],
  }),
  point({
    kind: 'call', source: 'crm', title: 'Создать лид', text: 'сделано', method: 'crm.item.add', link: lead,
    at: '2026-01-12T10:24:09+03:00',
  }),
  point({
    kind: 'message', source: 'report', author: 'operator', title: 'Старший оператор', text: 'Да, есть',
    at: '2026-01-13T10:24:05+03:00',
  }),
]

const entry = (id: number, part: Partial<JournalEntry>): JournalEntry => ({
  id,
  conversation: `chat-${id}`,
  kind: 'chat',
  state: 'done',
  problem: null,
  problem_code: null,
  events: 4,
  messages: 2,
  client: 'Покупатель, +7 900 000-00-01',
  channel: 'Сайт shop.example',
  entities: [],
  at: `2026-01-12T10:2${id}:00+03:00`,
  explanation: [{ kind: 'first', text: 'Первое обращение' }],
  calls: [],
  letters: { to_line: 0, to_client: 0, open: [] },
  timeline: TIMELINE,
  ...part,
})

export const TROUBLE: Trouble = {
  code: '0b4f6c1d9a7e2f35',
  text: 'Битрикс24 требует заполнить поле «Источник»: заполните его в настройках полей',
  count: 1,
}

export const JOURNAL = [
  entry(5, { entities: [lead, contact] }),
  entry(4, { state: 'failed', problem: TROUBLE.text, problem_code: TROUBLE.code, client: null }),
  entry(3, { state: 'filtered', client: 'Посетитель <b>из рекламы</b>' }),
  entry(2, { state: 'waiting', timeline: [] }),
  entry(1, { state: 'in_doubt', problem: 'Неизвестно, дошло ли сообщение до клиента' }),
]

export const DAYS: JournalDay[] = Array.from({ length: 30 }, (_, index) => {
  const received = (index * 7) % 23
  const failed = index % 9 === 0 ? Math.min(2, received) : 0
  const filtered = Math.floor(received / 5)
  return {
    day: `2026-01-${String(index + 1).padStart(2, '0')}`,
    received, filtered, failed,
    created: Math.max(0, received - filtered - failed - 1),
    waiting: 0,
  }
})
