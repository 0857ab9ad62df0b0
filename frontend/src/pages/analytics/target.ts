import type { AnalyticsSettings } from '@/api/types'

export type TrafficType = AnalyticsSettings['traffic_type']
/** Where a chat without a session is counted: a source and a site, or a campaign. */
export type Target = NonNullable<AnalyticsSettings['default']>
export type Messenger = AnalyticsSettings['messengers'][number]

const KEYS: Record<TrafficType, (keyof Target)[]> = { source: ['source_id', 'site_id'], campaign: ['campaign_id'] }

/** Only the keys of a traffic type that are filled in: the server refuses those of the other one. */
export function fitting(target: Target | null, type: TrafficType): Target {
  const kept = KEYS[type].filter(key => target?.[key] != null).map(key => [key, target?.[key]])
  return Object.fromEntries(kept) as Target
}

/** Nothing chosen is nothing, not an empty choice. */
export const orNull = (target: Target): Target | null => (Object.keys(target).length > 0 ? target : null)

/**
 * The settings with another traffic type. What was chosen for the other one is kept in `stash`, so that a click by
 * mistake loses nothing.
 */
export function switched(draft: AnalyticsSettings, to: TrafficType, stash: Map<string, Target>): AnalyticsSettings {
  const from = draft.traffic_type
  const swap = (name: string, target: Target | null): Target => {
    stash.set(`${from} ${name}`, fitting(target, from))
    return stash.get(`${to} ${name}`) ?? {}
  }
  return {
    ...draft,
    traffic_type: to,
    default: orNull(swap('default', draft.default)),
    messengers: draft.messengers.map(row => ({ connector: row.connector, ...swap(row.connector, row) })),
  }
}
