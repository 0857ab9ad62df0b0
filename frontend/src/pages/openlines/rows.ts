import type { ChannelItem, OpenLinesSettings } from '@/api/types'

type Joined = OpenLinesSettings['lines']

export interface ChannelRow {
  id: number
  /** Empty when UIS has the channel no more. */
  title: string
  type: string
  /** Its chats come to us. */
  joined: boolean
  /** Open line, 0: none. */
  line: number
  /** Place in the document, null: not in it. */
  index: number | null
}

/** All channels of the account, then those that the settings name and the account has no more. */
export function rowsOf(channels: ChannelItem[], joined: Joined): ChannelRow[] {
  const at = new Map(joined.map(({ channel_id, line_id }, index) => [channel_id, { line: line_id, index }]))
  const known = channels.map(({ id, title, type, joined: ours }) => ({
    id, title, type, joined: ours, line: at.get(id)?.line ?? 0, index: at.get(id)?.index ?? null,
  }))
  const lost = joined
    .filter(({ channel_id }) => !channels.some(({ id }) => id === channel_id))
    .map(({ channel_id, line_id }) => ({
      id: channel_id, title: '', type: '', joined: false, line: line_id, index: at.get(channel_id)?.index ?? null,
    }))
  return [...known, ...lost]
}

/** The document with a channel joined to a line; 0 takes it out. */
export function joinTo(joined: Joined, channel: number, line: number): Joined {
  if (line === 0) return joined.filter(({ channel_id }) => channel_id !== channel)
  const row = { channel_id: channel, line_id: line }
  const there = joined.some(({ channel_id }) => channel_id === channel)
  return there ? joined.map(one => (one.channel_id === channel ? row : one)) : [...joined, row]
}
