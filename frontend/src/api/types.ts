/** Shapes of our JSON API, as the server describes them in `/api/openapi.json`. */

export interface Me {
  user_id: number
  name: string
  admin: boolean
  portal: string
  crm_mode: 'classic' | 'simple'
  lang: string
  version: string
  /** Personal account of UIS for "Finish in UIS"; absent when it is not configured. */
  cabinet_url?: string | null
}

export type StepState = 'waiting' | 'running' | 'done' | 'failed'

export interface InstallationStep {
  name: string
  title: string
  state: StepState
  text: string
}

export interface Installation {
  state: 'installing' | 'done' | 'failed'
  steps: InstallationStep[]
  can_install: boolean
}

export interface Versioned<T> {
  revision: number
  settings: T
}

export interface MainSettings {
  enabled: boolean
}

export type Entity = 'lead' | 'deal'
export type TranscriptTarget = 'lead' | 'deal' | 'contact' | 'company' | 'activity'

export type Assign =
  | { kind: 'user'; user_id: number }
  | { kind: 'operator' }
  | { kind: 'crm_responsible' }
  | { kind: 'queue'; user_ids: number[] }

export interface ResponsibleRule {
  filter: unknown
  assign: Assign
}

export interface ChatsSettings {
  enabled: boolean
  channels: { mode: 'all' | 'selected'; ids: number[] }
  without_contacts: boolean
  filter: unknown
  create: {
    on_first: boolean
    on_repeat: boolean
    what: 'crm' | 'activity' | 'crm_and_activity'
    entity: Entity
    moment: 'start' | 'end'
    into_open: boolean
  }
  pipeline: { default: Place; rules: unknown[] }
  responsible: { rules: ResponsibleRule[]; default_user_id: number | null; substitute_user_id: number | null }
  titles: Record<'lead' | 'deal' | 'contact' | 'activity', string>
  transcript: { to: TranscriptTarget[]; moment: 'live' | 'end'; filter: unknown; files: boolean }
  notify: boolean
  mapping: unknown[]
}

/** Where a new entity goes; of a lead `category_id` is null and `stage_id` its status. */
export interface Place {
  category_id: number | null
  stage_id: string | null
}

export interface Channel {
  id: number
  type: string
  name: string
  status?: string
  joined?: boolean
}

export type Answering = 'uis' | 'bitrix24'

export interface Connection {
  state: 'none' | 'connected' | 'broken'
  project: string | null
  /** Who signed in to UIS. */
  login: string | null
  /** Number of the client in UIS. */
  account: number | string | null
  answering: Answering | null
  channels: Channel[]
  data_api: { state: string; text: string | null } | null
  problem: string | null
  warnings: string[]
}

export interface Ticket {
  ticket: string
  channels: Channel[]
}

export interface DirectoryItem {
  id: number | string
  title: string
}

/** A user of the portal. */
export interface User extends DirectoryItem {
  active?: boolean
  last_name?: string
  /** Profile in the portal. */
  url?: string
}

/** An employee of UIS and the user that they are joined to. */
export interface Employee {
  id: number
  title: string
  active: boolean
  user_id: number | null
  user: string | null
  joined_by: 'hand' | 'email' | 'phone' | 'name' | null
  problem: string | null
}

export interface SyncPart {
  name: string
  title: string
  count: number | null
  problem: string | null
}

export interface Sync {
  state: 'never' | 'running' | 'done' | 'failed'
  /** ISO 8601 with offset. */
  finished_at: string | null
  /** Grow while it is running. */
  parts: SyncPart[]
}

export interface Stage extends DirectoryItem {
  entity: Entity
  category_id: number | null
}

export interface Pipeline extends DirectoryItem {
  entity: Entity
}

export interface SourceField {
  /** Dotted, as templates name it: `visitor.name`. */
  name: string
  title: string
  /** Kinds of communication that have it: `chat`, `offline`. */
  kinds: string[]
}

export interface Health {
  state: 'ok' | 'warning' | 'broken'
  checks: HealthCheck[]
}

export interface HealthCheck {
  name: string
  state: 'ok' | 'warning' | 'broken'
  text: string
  /** Truthy when we can repair it; a text is the label of the button. */
  repair: string | boolean | null
}

export interface CrmLink {
  type: string
  id: number
  title: string | null
  url: string | null
}

export type JournalState = 'waiting' | 'done' | 'filtered' | 'failed' | 'in_doubt'

export interface JournalItem {
  id: number | string
  conversation: string
  kind: string
  state: JournalState
  problem: string | null
  /** Goes into a retry of all with this problem. */
  problem_code?: string | null
  client: string | null
  entities: CrmLink[]
  /** ISO 8601 with offset. */
  at: string
}

export interface JournalPage {
  items: JournalItem[]
  next: string | number | null
}

/** One order to the CRM and what became of it, in words. */
export interface Call {
  method: string
  step: string
  state: string
  outcome: string
  /** Number of what was created. */
  result: number | null
  problem: string | null
}

export interface JournalEntry extends JournalItem {
  explanation: { text: string; kind?: string }[]
  calls: Call[]
}
