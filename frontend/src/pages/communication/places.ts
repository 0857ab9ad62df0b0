import type { StageRule } from '@/api/communication'
import type { ChatsSettings, Entity, Pipeline, Place, Stage } from '@/api/types'
import { copyOf } from '@/editors/order/moves'

/** Stages of a pipeline in the order of the portal; leads have statuses and no pipeline. */
export function stagesOf(stages: Stage[], entity: Entity, category: number | null): Stage[] {
  return stages.filter(stage => stage.entity === entity && (entity === 'lead' || stage.category_id === (category ?? 0)))
}

/** The wished place when its stage belongs there, else the first stage of that pipeline. */
export function placeFor(stages: Stage[], entity: Entity, wished: Place): Place {
  const category_id = entity === 'lead' ? null : (wished.category_id ?? 0)
  const offered = stagesOf(stages, entity, category_id)
  const kept = offered.some(({ id }) => id === wished.stage_id)
  return { category_id, stage_id: kept ? wished.stage_id : (offered[0]?.id ?? wished.stage_id) }
}

type Places = ChatsSettings['pipeline']

/** All places as they would be for another entity: rules keep their filters. */
export function placesFor(stages: Stage[], entity: Entity, { default: first, rules }: Places): Places {
  const moved = (rule: StageRule): StageRule => ({ ...copyOf(rule), ...placeFor(stages, entity, rule) })
  return { default: placeFor(stages, entity, first), rules: rules.map(moved) }
}

/** What people call a place: pipeline and stage, or the status of a lead; ids where the portal has no name for them. */
export function placeTitle(stages: Stage[] | null, pipelines: Pipeline[] | null, entity: Entity, place: Place): string {
  const stage = stagesOf(stages ?? [], entity, place.category_id).find(({ id }) => id === place.stage_id)?.title ?? place.stage_id
  if (entity === 'lead') return stage
  const pipeline = pipelines?.find(({ id }) => id === (place.category_id ?? 0))?.title ?? `#${place.category_id ?? 0}`
  return `${pipeline}: ${stage}`
}
