import type { CrmLink } from '@/api/types'

export type DialogGroup = 'uploaded' | 'refused' | 'waiting' | 'missing' | 'nothing'

export interface Counts {
  dialogs: number
  uploaded: number
  refused: number
  waiting: number
  missing: number
  /** Dialogs that do not belong into UIS; not among `dialogs`. */
  nothing: number
  with_session: number
  /** 0 to 1; null when there was nothing. */
  completeness: number | null
}

export interface PlaceCounts extends Counts {
  line_id: number
  line: string
  connector: string
  connector_title: string
}

export interface DayCounts extends Counts {
  /** YYYY-MM-DD in the time zone of the UIS account. */
  day: string
  rows: PlaceCounts[]
}

export interface ReasonCount {
  reason: string
  problem: string | null
  state: 'refused' | 'missing'
  text: string
  count: number
}

export interface CaptureRate {
  connector: string
  title: string
  dialogs: number
  with_session: number
  share: number
}

export interface Report {
  from: string
  to: string
  enabled: boolean
  totals: Counts
  days: DayCounts[]
  reasons: ReasonCount[]
  connectors: CaptureRate[]
  notes: { state: 'warning' | 'broken'; text: string }[]
}

export interface LineDialog {
  id: number
  session_id: number
  day: string
  /** ISO 8601 with offset. */
  at: string
  line: string
  connector: string
  messages: number
  state: DialogGroup
  reason: string | null
  problem: string | null
  text: string
  tier: 'session' | 'messenger' | 'default' | null
  uis_chat_id: number | null
  uploaded_at: string | null
  entities: Pick<CrmLink, 'type' | 'id' | 'url'>[]
}

export interface DialogPage {
  items: LineDialog[]
  next: number | null
}

/** Which dialogs stand behind a figure. */
export interface Chosen {
  from: string
  to: string
  line?: number
  connector?: string
  state?: DialogGroup
  reason?: string
}

/** What `analytics/send_again` takes. */
export type SendAgain = { ids: number[] } | { reason: string; problem: string | null }
