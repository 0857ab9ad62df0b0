/** Short names for the shapes that the settings of chats and of offline requests share. */
import type { components } from './schema'
import type { ChatsSettings } from './types'

type Schemas = components['schemas']

export type OfflineSettings = Schemas['settings.Settings_offline']['settings']
export type Section = 'chats' | 'offline'
export type Moment = ChatsSettings['create']['moment'] | OfflineSettings['create']['moment']

/** Both sections: chats alone have channels, and their moments of creation differ. */
export type CommunicationSettings = Omit<ChatsSettings, 'channels' | 'create'> & {
  channels?: ChatsSettings['channels']
  create: Omit<ChatsSettings['create'], 'moment'> & { moment: Moment }
}

export type Group = Schemas['settings.Settings_chats.Group']
export type Condition = Schemas['settings.Settings_chats.Condition']
export type Item = Group | Condition
export type Comparison = Condition['cmp']

export type StageRule = ChatsSettings['pipeline']['rules'][number]
export type MappingRow = ChatsSettings['mapping'][number]
export type MappedEntity = MappingRow['entity']
export type MappingMode = NonNullable<MappingRow['mode']>

export type SeenValue = Schemas['seen.Seen']['items'][number]
export type Remark = Schemas['remarks.Remarks']['items'][number]
export type CrmField = Schemas['crm_fields.CrmFieldList'][number]
export type FieldKind = Schemas['crm_fields.FieldKindList'][number]
export type Fit = FieldKind['accepts'][string]

export type Preview = Schemas['rehearsal.Preview']
export type Rehearsals = Schemas['rehearsal.Rehearsals']
export type Rehearsed = Rehearsals['items'][number]
export type RehearsedSide = Rehearsed['draft']

export type Version = Schemas['settings.Versions']['items'][number]
export type TestProgress = Schemas['test_chat.Progress']
export type History = Schemas['history.History']
