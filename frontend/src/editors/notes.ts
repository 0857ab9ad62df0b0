import type { InjectionKey, Ref } from 'vue'
import { inject, provide, ref } from 'vue'
import type { Remark } from '@/api/communication'

/** What is said at the fields of a document: refusals of a save, and remarks on the draft, by path. */
export interface Notes {
  errors: Ref<Record<string, string>>
  remarks: Ref<Remark[]>
}

const key: InjectionKey<Notes> = Symbol('notes')

export const provideNotes = (notes: Notes): void => provide(key, notes)

export const useNotes = (): Notes => inject(key, { errors: ref({}), remarks: ref([]) })

const inside = (path: string, field: string): boolean => path === field || path.startsWith(`${field}.`)

/** The refusal of a field; with `whole` also of its parts (`titles.lead.0` is shown at `titles.lead`). */
export function errorAt(errors: Record<string, string>, field: string, whole: boolean): string | undefined {
  const at = Object.keys(errors).find(path => path === field || (whole && inside(path, field)))
  return at === undefined ? undefined : errors[at]
}

export function remarksAt(remarks: Remark[], field: string, whole: boolean): Remark[] {
  return remarks.filter(remark => remark.field === field || (whole && inside(remark.field, field)))
}

/** Whether anything is said at a field or inside it. */
export function anythingAt(notes: Notes, field: string): boolean {
  return errorAt(notes.errors.value, field, true) !== undefined || remarksAt(notes.remarks.value, field, true).length > 0
}
