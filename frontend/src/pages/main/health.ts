import type { HealthCheck } from '@/api/types'

const RANK = { broken: 0, warning: 1, ok: 2 }

/** What wants a look, the worst first, and what is in order. */
export function sorted(checks: HealthCheck[]): { wanted: HealthCheck[]; fine: HealthCheck[] } {
  const wanted = checks.filter(({ state }) => state !== 'ok').sort((one, other) => RANK[one.state] - RANK[other.state])
  return { wanted, fine: checks.filter(({ state }) => state === 'ok') }
}

/** Tabs where a check can be dealt with. */
const TABS: Record<string, string> = { journal: 'journal', chats: 'chats', offline: 'offline', required_fields: 'chats' }
/** Blocks of this page where it can. */
const BLOCKS: Record<string, string> = {
  uis: 'connection', uis_account: 'connection', uis_warning: 'connection', data_api: 'connection',
  pairs: 'employees', last_names: 'employees', tokens: 'access', main: 'toggle',
}

export interface Way {
  tab?: string
  /** Id of an element of the page. */
  block?: string
}

/** Where a person goes to set a check right; null where only we can do something about it, or nobody. */
export function wayTo({ name }: HealthCheck, tabs: readonly string[]): Way | null {
  const tab = TABS[name]
  if (tab !== undefined) return tabs.includes(tab) ? { tab } : null
  const block = BLOCKS[name]
  return block === undefined ? null : { block }
}
