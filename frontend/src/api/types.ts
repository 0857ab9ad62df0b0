/** Short names for the shapes of our JSON API. The shapes themselves are made of `/api/openapi.json`: see `schema.ts`. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Me = Schemas['me.Me']

export type Installation = Schemas['installation.Progress']
export type InstallationStep = Installation['steps'][number]

/** A document of the settings and the number of its version. */
export interface Versioned<T> {
  revision: number
  settings: T
}

export type MainSettings = Schemas['settings.Settings_main']['settings']
export type ChatsSettings = Schemas['settings.Settings_chats']['settings']
export type OpenLinesSettings = Schemas['settings.Settings_open_lines']['settings']
export type AnalyticsSettings = Schemas['settings.Settings_open_lines_analytics']['settings']

/** The settings of the analytics with what the page gives away beside them. */
export type AnalyticsAnswer = Schemas['settings.Told_open_lines_analytics']

export type Entity = ChatsSettings['create']['entity']
/** Where a new entity goes; of a lead `category_id` is null and `stage_id` its status. */
export type Place = ChatsSettings['pipeline']['default']
export type ResponsibleRule = ChatsSettings['responsible']['rules'][number]
export type Assign = ResponsibleRule['assign']
export type TranscriptTarget = ChatsSettings['transcript']['to'][number]

/** A channel as UIS lists it at the sign-in. */
export type Channel = Ticket['channels'][number]
export type Ticket = Schemas['uis.Ticket']
export type Connection = Schemas['uis.Connection']
export type Answering = NonNullable<Connection['answering']>

/** What every list that settings choose from has. */
export interface DirectoryItem {
  id: number | string
  title: string
}

export type User = Schemas['directory.UserList'][number]
export type Stage = Schemas['directory.StageList'][number]
export type Pipeline = Schemas['directory.PipelineList'][number]
export type SourceField = Schemas['directory.SourceFieldRowList'][number]
export type ChannelItem = Schemas['directory.ChannelList'][number]
export type Site = Schemas['directory.SiteList'][number]
export type Campaign = Schemas['directory.CampaignList'][number]
export type TrafficSource = Schemas['directory.SourceList'][number]
export type Line = Schemas['directory.LineList'][number]
export type Connector = Schemas['directory.ConnectorList'][number]
/** A source of the CRM for a type of channel, or for offline requests. */
export type CrmSource = Schemas['sources.SourceRowList'][number]
export type Employee = Schemas['employees.EmployeeRow']

export type Sync = Schemas['sync.Sync']

export type Health = Schemas['health.Health']
export type HealthCheck = Health['checks'][number]

/** Whose authorizations the application works with. */
export type Access = Schemas['access.Access']
/** Users of the portal who cannot take part. */
export type Attention = Schemas['employees.AttentionList'][number]

export type JournalPage = Schemas['journal.Page']
export type JournalItem = JournalPage['items'][number]
export type JournalState = JournalItem['state']
export type CrmLink = JournalItem['entities'][number]
export type Trouble = Schemas['journal.Troubles']['items'][number]
export type Backlog = Schemas['journal_work.Backlog']
export type JournalDay = Schemas['journal_days.Days']['items'][number]
export type JournalEntry = Schemas['journal_entry.Entry']
export type TimelinePoint = JournalEntry['timeline'][number]
