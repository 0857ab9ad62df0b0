import type { InjectionKey, ShallowRef } from 'vue'
import type { Connection } from '@/api/types'

/** The connection as the server has it; null while it is being read. */
export const connectionKey: InjectionKey<ShallowRef<Connection | null>> = Symbol('connection')

/** Projects of UIS and what people call them: the address of the personal account. */
export const PROJECTS = [
  { value: 'uis2', label: 'uiscom.ru' },
  { value: 'comagic', label: 'comagic.ru' },
]

export const projectName = (project: string | null): string =>
  PROJECTS.find(({ value }) => value === project)?.label ?? project ?? ''
