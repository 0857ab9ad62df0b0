/** Short names for the shapes of the workplace's calls. */
import type { components } from '@/api/schema'

type Schemas = components['schemas']

export type DeskView = Schemas['overview.DeskView']
export type ChatRow = Schemas['shapes.ChatPage.ChatRow']
export type FoundWords = NonNullable<ChatRow['found']>
export type ChatPage = Schemas['shapes.ChatPage']
export type Chat = Schemas['shapes.Chat']
export type Message = Chat['messages'][number]
export type Letter = Chat['letters'][number]
export type FileOf = NonNullable<Message['file']>
export type Quote = NonNullable<Message['quote']>
export type Who = NonNullable<Message['author']>
export type Known = Chat['visitor'][number]
export type CardOf = Chat['cards'][number]
export type Box = 'card' | 'mine' | 'all' | 'unanswered'
export type Updates = Schemas['updates.Updates']
export type Answering = Updates['answering'][number]
export type AttachedFile = Schemas['files.AttachedFile']
export type OpenedFile = Schemas['files.OpenedFile']
export type Colleague = Schemas['lists.ColleagueList'][number]
export type Visits = Schemas['visits.Visits']
export type Contacts = Schemas['start.Contacts']
export type Reach = Contacts['contacts'][number]
export type FirstChannel = Contacts['channels'][number]
export type Template = FirstChannel['templates'][number]
export type QuickReply = Schemas['replies.ReplyRowList'][number]
export type WorkplaceSettings = Schemas['settings.Settings_workplace']['settings']

/** A template and what stands for its variables. */
export interface Filled {
  id: number
  values: Record<string, string>
}
