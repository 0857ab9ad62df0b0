import type { Section } from '@/api/communication'
import type { CrmSource } from '@/api/types'

/** The code of the only source that is no channel's. */
const OFFLINE = 'UIS_OFFLINE'

/** Sources that communications of a section come from. */
export const sourcesOf = (all: CrmSource[], section: Section): CrmSource[] => all.filter(({ id }) => (id === OFFLINE) === (section === 'offline'))

export const missing = (rows: CrmSource[]): CrmSource[] => rows.filter(({ made }) => !made)
