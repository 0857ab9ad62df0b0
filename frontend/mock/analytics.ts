import type { Counts, DayCounts, DialogGroup, LineDialog, PlaceCounts, ReasonCount, Report } from '../src/pages/analytics/types'

type Row = Pick<LineDialog, 'day' | 'line' | 'connector' | 'state' | 'text'> & Partial<LineDialog>

const TITLES: Record<string, string> = { livechat: 'Онлайн-чат', telegrambot: 'Telegram', viber: 'Viber' }
const NO_CONTACT =
  'В CRM нет ни телефона, ни почты клиента, а UIS без них чат не принимает. Заполните контакт: диалог отправится сам в ближайшие дни или по кнопке'

const CASES: [count: number, row: Row][] = [
  [41, { day: '2026-01-12', line: 'Магазин', connector: 'livechat', state: 'uploaded', tier: 'session', text: 'Источник известен по визиту на сайт' }],
  [12, { day: '2026-01-12', line: 'Магазин', connector: 'telegrambot', state: 'uploaded', tier: 'messenger', text: 'Источник указан для этого канала' }],
  [4, { day: '2026-01-12', line: 'Магазин', connector: 'livechat', state: 'waiting', text: 'Ещё идёт' }],
  [3, { day: '2026-01-12', line: 'Опт', connector: 'viber', state: 'refused', reason: 'no_contact', text: NO_CONTACT }],
  [9, { day: '2026-01-11', line: 'Магазин', connector: 'livechat', state: 'uploaded', tier: 'default', text: 'Источник по умолчанию' }],
  [1, { day: '2026-01-11', line: 'Опт', connector: 'telegrambot', state: 'missing', reason: 'not_at_uis', text: 'UIS принял чат, но в отчёте его нет: он удалён или потерян. Отправьте снова, если он нужен' }],
  [2, { day: '2026-01-11', line: 'Магазин', connector: 'livechat', state: 'nothing', reason: 'empty', text: 'В диалоге нет ни одного сообщения с текстом' }],
  [6, { day: '2026-01-09', line: 'Опт', connector: 'telegrambot', state: 'uploaded', tier: 'messenger', text: 'Источник указан для этого канала' }],
]

const ENTITIES: LineDialog['entities'] = [{ type: 'lead', id: 81, url: 'https://portal.example/crm/lead/details/81/' }]

/** Dialogs of three days, as the server would have read them. */
export function lineDialogs(): LineDialog[] {
  const all = CASES.flatMap(([count, row]) => Array.from({ length: count }, () => row))
  return all.map((row, at) => ({
    id: all.length - at, session_id: 900 - at, at: `${row.day}T10:24:00+03:00`, messages: 6, reason: null, problem: null, tier: null,
    uis_chat_id: row.state === 'uploaded' ? 53_000_000 - at : null, uploaded_at: null, entities: ENTITIES, ...row,
  }))
}

function counts(rows: LineDialog[]): Counts {
  const of = (state: DialogGroup) => rows.filter(row => row.state === state).length
  const dialogs = rows.length - of('nothing')
  const found = { uploaded: of('uploaded'), refused: of('refused'), waiting: of('waiting'), missing: of('missing'), nothing: of('nothing') }
  const known = rows.filter(({ tier }) => tier === 'session').length
  return { dialogs, ...found, with_session: known, completeness: dialogs ? found.uploaded / dialogs : null }
}

function grouped<T>(rows: LineDialog[], key: (row: LineDialog) => string, made: (rows: LineDialog[], key: string) => T): T[] {
  return [...new Set(rows.map(key))].map(one => made(rows.filter(row => key(row) === one), one))
}

function place(rows: LineDialog[], key: string): PlaceCounts {
  const [line = '', connector = ''] = key.split('|')
  return { line_id: line === 'Опт' ? 2 : 1, line, connector, connector_title: TITLES[connector] ?? connector, ...counts(rows) }
}

function reason(rows: LineDialog[], name: string): ReasonCount {
  const first = rows[0]
  return { reason: name, problem: null, state: first?.state as ReasonCount['state'], text: first?.text ?? '', count: rows.length }
}

/** `GET analytics/report`: the days that there are; `from` and `to` leave others out. */
export function analyticsReport(all: LineDialog[], query: URLSearchParams, notes: Report['notes']): Report {
  const [from, to] = [query.get('from') ?? '2026-01-06', query.get('to') ?? '2026-01-12']
  const rows = all.filter(({ day }) => day >= from && day <= to)
  const day = (name: string): DayCounts => {
    const some = rows.filter(row => row.day === name)
    return { day: name, ...counts(some), rows: grouped(some, row => `${row.line}|${row.connector}`, place) }
  }
  return {
    from, to, enabled: true, totals: counts(rows), notes,
    days: ['12', '11', '10', '09', '08', '07', '06'].map(number => day(`2026-01-${number}`)),
    reasons: grouped(rows.filter(({ state }) => state === 'refused' || state === 'missing'), row => row.reason ?? '', reason),
    connectors: grouped(rows, row => row.connector, (some, code) => {
      const { dialogs, with_session } = counts(some)
      return { connector: code, title: TITLES[code] ?? code, dialogs, with_session, share: dialogs ? with_session / dialogs : 0 }
    }),
  }
}

/** `GET analytics/dialogs`: two pages at most. */
export function analyticsDialogs(all: LineDialog[], query: URLSearchParams): { items: LineDialog[]; next: number | null } {
  const [from, to, before] = [query.get('from') ?? '', query.get('to') ?? '9', Number(query.get('next') ?? Infinity)]
  const fits = (row: LineDialog) =>
    row.day >= from && row.day <= to && row.id < before && ['state', 'reason', 'connector'].every(name => (query.get(name) ?? row[name as 'state']) === row[name as 'state'])
  const found = all.filter(fits)
  const items = found.slice(0, Number(query.get('limit'))).map(row => ({ ...row, connector: TITLES[row.connector] ?? row.connector }))
  return { items, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null }
}

/** `POST analytics/send_again`. */
export function sendAgain(all: LineDialog[], { ids, reason: name }: { ids?: number[]; reason?: string }): { count: number } {
  const stuck = all.filter(({ state }) => state === 'refused' || state === 'missing')
  const again = stuck.filter(row => (ids ? ids.includes(row.id) : row.reason === name))
  for (const row of again) Object.assign(row, { state: 'waiting', reason: null, text: 'Готов, ждёт отправки' })
  return { count: again.length }
}
