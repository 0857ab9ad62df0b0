/** Open lines as `GET /api/open_lines` tells of them. */
export type LineState = 'off' | 'joining' | 'on' | 'stopped' | 'leaving' | 'gone'

export interface LineProblem {
  code: string
  level: 'notice' | 'warning' | 'broken'
  text: string
  /** What `POST /api/open_lines/repair` is told, and what its button says. */
  repair: string | null
  repair_text: string | null
}

export interface LineRow {
  id: number
  name: string
  active: boolean
  state: LineState
  state_text: string
  channels: { id: number; name: string }[]
  others: string[]
  problems: LineProblem[]
  checked_at: string | null
}

export interface LineChannel {
  id: number
  name: string
  type: string
  joined: boolean
  line_id: number | null
}

export interface LinesOverview {
  enabled: boolean
  state: 'idle' | 'running'
  checked_at: string | null
  problem: string | null
  lines: LineRow[]
  channels: LineChannel[]
  letters: { waiting: number; failed: number; in_doubt: number }
}

/** A channel of UIS in a line, as the settings keep it. */
export interface JoinedChannel {
  channel_id: number
  line_id: number
}

/** Whether something is just being switched, so that it is worth looking again soon. */
export function moving({ state, lines }: LinesOverview): boolean {
  const switched = lines.some(line => line.state === 'leaving' || (line.state === 'joining' && !line.problems.some(({ code }) => code === 'not_joined')))
  return state === 'running' || switched
}

/** The rows when these channels are in the line: what it had and has no longer goes, what others had comes over. */
export function joined(rows: JoinedChannel[], line: number, channels: number[]): JoinedChannel[] {
  const others = rows.filter(({ line_id, channel_id }) => line_id !== line && !channels.includes(channel_id))
  const kept = rows.filter(({ line_id, channel_id }) => line_id === line && channels.includes(channel_id))
  const fresh = channels.filter(id => !kept.some(({ channel_id }) => channel_id === id))
  return [...others, ...kept, ...fresh.map(channel_id => ({ channel_id, line_id: line }))]
}
