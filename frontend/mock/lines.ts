import type { AnalyticsSettings, OpenLinesSettings } from '../src/api/types'

export const OPEN_LINES: OpenLinesSettings = { enabled: false, lines: [], default_employee_id: null, signature: true }

export const ANALYTICS: AnalyticsSettings = {
  enabled: false, events: ['ONCRMLEADADD', 'ONCRMDEALADD'], employee_id: null, employee_mode: 'always', idle_minutes: 60,
  traffic_type: 'source', default: null, messengers: [],
}

/** What the analytics answer beside their settings. */
export const TAKEN_AWAY = { webhook_url: 'https://app.example/webhook/secret', script: '<script>\n(function (w) {})(window);\n</script>\n' }

export const LINE_LISTS: Record<string, unknown[]> = {
  lines: [{ id: 3, title: 'Поддержка', active: true }, { id: 4, title: 'Отдел продаж', active: false }],
  connectors: [{ id: 'telegrambot', title: 'Telegram' }, { id: 'livechat', title: 'Онлайн-чат' }],
  sources: [{ id: 11, title: 'Яндекс' }, { id: 12, title: 'Telegram-канал' }],
  sites: [{ id: 5, title: 'shop.example' }],
  campaigns: [{ id: 9, title: 'Поиск' }],
}
