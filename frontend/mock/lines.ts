import type { AnalyticsSettings, OpenLinesSettings } from '../src/api/types'
import type { JoinedChannel, LineProblem, LineRow, LinesOverview } from '../src/pages/openlines/lines'
import { CHANNELS } from './world.ts'

/** Lines of the invented portal; `Lines` is what its server knows of them. */
export interface Lines {
  rows: LineRow[]
  problem: string | null
  letters: LinesOverview['letters']
  running: boolean
}

const REPEAT: LineProblem = {
  code: 'repeat_leads',
  level: 'warning',
  text: 'Линия «Поддержка» создаёт повторные лиды: каждое новое обращение известного клиента даст ещё один лид',
  repair: 'repeat_off',
  repair_text: 'Выключить повторные лиды',
}

const row = (id: number, name: string): LineRow => ({
  id, name, active: true, state: 'off', state_text: 'Не подключена', channels: [], others: [], problems: [], checked_at: '2026-01-12T10:24:00+03:00',
})

export const makeLines = (): Lines => ({
  rows: [row(1, 'Поддержка'), row(3, 'Отдел продаж')],
  problem: null,
  letters: { waiting: 0, failed: 0, in_doubt: 0 },
  running: false,
})

/** What the settings join is on at once, and never without something to complain of. */
export function overview(lines: Lines, enabled: boolean, joined: JoinedChannel[]): LinesOverview {
  const names = new Map(CHANNELS.map(({ id, name }) => [id, name]))
  const rows = lines.rows.map(one => {
    const channels = joined.filter(({ line_id }) => line_id === one.id).map(({ channel_id }) => ({ id: channel_id, name: names.get(channel_id) ?? '' }))
    const on = enabled && channels.length > 0
    return { ...one, channels, state: on ? 'on' : 'off', state_text: on ? 'Работает' : 'Не подключена', problems: on ? one.problems : [] } as LineRow
  })
  const channels = CHANNELS.map(one => ({
    ...one, joined: true, line_id: joined.find(({ channel_id }) => channel_id === one.id)?.line_id ?? null,
  }))
  return {
    enabled, state: lines.running ? 'running' : 'idle', checked_at: '2026-01-12T10:24:00+03:00',
    problem: lines.problem, lines: rows, channels, letters: lines.letters,
  }
}

/** The first line complains of what it does by itself. */
export function withComplaint(lines: Lines): Lines {
  lines.rows[0]?.problems.push(REPEAT)
  return lines
}

export function repairLine(lines: Lines, id: unknown, code: unknown): void {
  for (const one of lines.rows) if (one.id === id) one.problems = one.problems.filter(({ repair }) => repair !== code)
}

export function makeLine(lines: Lines, name: string): { id: number; name: string; made: boolean } {
  const known = lines.rows.find(one => one.name === name)
  if (known) return { id: known.id, name, made: false }
  const made = row(Math.max(...lines.rows.map(({ id }) => id)) + 1, name)
  lines.rows.push(made)
  return { id: made.id, name, made: true }
}

export const OPEN_LINES: OpenLinesSettings = { enabled: false, lines: [], default_employee_id: null, signature: true }

export const ANALYTICS: AnalyticsSettings = {
  enabled: false, events: ['ONCRMLEADADD', 'ONCRMDEALADD'], employee_id: null, employee_mode: 'always', idle_minutes: 60,
  traffic_type: 'source', default: null, messengers: [],
}

/** What the analytics answer beside their settings. */
export const TAKEN_AWAY = { webhook_url: 'https://app.example/webhook/secret', script: '<script>\n(function (w) {})(window);\n</script>\n' }

export const LINE_LISTS: Record<string, unknown[]> = {
  connectors: [{ id: 'telegrambot', title: 'Telegram' }, { id: 'livechat', title: 'Онлайн-чат' }],
  sources: [{ id: 11, title: 'Яндекс' }, { id: 12, title: 'Telegram-канал' }],
  sites: [{ id: 5, title: 'shop.example' }],
  campaigns: [{ id: 9, title: 'Поиск' }],
}
