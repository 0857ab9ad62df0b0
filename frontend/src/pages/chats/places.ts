import type { Entity, Place, Stage } from '@/api/types'

/** Stages of a pipeline in the order of the portal; leads have statuses and no pipeline. */
export function stagesOf(stages: Stage[], entity: Entity, category: number | null): Stage[] {
  return stages.filter(stage => stage.entity === entity && (entity === 'lead' || stage.category_id === category))
}

/** The wished place when its stage belongs there, else the first stage of that pipeline; '' where it has none. */
export function placeFor(stages: Stage[], entity: Entity, wished: Place): Place {
  const category_id = entity === 'lead' ? null : wished.category_id
  const offered = stagesOf(stages, entity, category_id).map(({ id }) => String(id))
  const kept = offered.includes(wished.stage_id)
  return { category_id, stage_id: kept ? wished.stage_id : (offered[0] ?? '') }
}
