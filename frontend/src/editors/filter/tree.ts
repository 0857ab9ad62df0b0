import type { Comparison, Condition, Group, Item } from '@/api/communication'
import { moveWithin, type Place } from '@/editors/order/moves'

/** Groups deeper than this are shown and kept, but not offered: nobody reads them any more. */
export const DEEPEST = 4

export const isGroup = (item: Item): item is Group => 'op' in item

/** A condition that was just added: nothing is chosen yet. */
export const fresh = (): Condition => ({ field: '', cmp: 'eq' })

export const newGroup = (op: Group['op'], items: Item[] = [fresh()]): Group => ({ op, items })

export const wantsValue = (cmp: Comparison): boolean => cmp !== 'empty' && cmp !== 'not_empty'
export const wantsList = (cmp: Comparison): boolean => cmp === 'in' || cmp === 'not_in'

/** How many conditions a filter has. */
export function conditionsIn(group: Group | null): number {
  return (group?.items ?? []).reduce((sum, item) => sum + (isGroup(item) ? conditionsIn(item) : 1), 0)
}

const steps = (path: string): number[] => (path ? path.split('.').map(Number) : [])
const pathOf = (parts: number[]): string => parts.join('.')

/** The group at a path of indexes (`1.0`); `''` is the root itself. */
export function groupAt(root: Group, path: string): Group | null {
  let group: Group = root
  for (const index of steps(path)) {
    const item = group.items[index]
    if (!item || !isGroup(item)) return null
    group = item
  }
  return group
}

/** Whether the path leads into the item at a place, or to it. */
function within(path: string, { list, index }: Place): boolean {
  const item = pathOf([...steps(list), index])
  return path === item || path.startsWith(`${item}.`)
}

/** Where a list is once the item at `from` is gone: what came after it in the same list has moved up. */
function without(path: string, from: Place): string {
  const [parts, before] = [steps(path), steps(from.list)]
  const at = parts[before.length]
  if (at === undefined || !before.every((index, depth) => parts[depth] === index) || at <= from.index) return path
  return pathOf(parts.map((index, depth) => (depth === before.length ? index - 1 : index)))
}

/** Moves an item; never a group into itself. Nested groups that become empty go. Answers whether anything moved. */
export function move(root: Group, from: Place, to: Place): boolean {
  const [source, target] = [groupAt(root, from.list), groupAt(root, to.list)]
  if (!source || !target || within(to.list, from) || !source.items[from.index]) return false
  if (source === target) {
    if (to.index === from.index || to.index === from.index + 1) return false
    moveWithin(source.items, from.index, to.index)
    return true
  }
  const [item] = source.items.splice(from.index, 1)
  groupAt(root, without(to.list, from))?.items.splice(to.index, 0, item as Item)
  prune(root)
  return true
}

/** Takes nested groups away that have nothing in them: an empty group would hold always. */
export function prune(group: Group): void {
  for (const item of group.items) if (isGroup(item)) prune(item)
  group.items = group.items.filter(item => !isGroup(item) || item.items.length > 0)
}

/** One step up or down in reading order, into and out of groups; null at either end. */
export function stepFrom(root: Group, { list, index }: Place, by: -1 | 1): Place | null {
  const items = groupAt(root, list)?.items ?? []
  const next = items[index + by]
  if (next && isGroup(next)) return { list: pathOf([...steps(list), index + by]), index: by > 0 ? 0 : next.items.length }
  if (next) return { list, index: by > 0 ? index + 2 : index - 1 }
  const parents = steps(list)
  const own = parents.pop()
  return own === undefined ? null : { list: pathOf(parents), index: by > 0 ? own + 1 : own }
}

/** What a condition or a group is called when it is moved or removed. */
export function itemName(item: Item, index: number, t: (key: string, values: Record<string, unknown>) => string): string {
  return t(isGroup(item) ? 'editors.filter.groupName' : 'editors.filter.conditionName', { number: index + 1 })
}
