import type { InjectionKey, ShallowRef } from 'vue'
import { inject } from 'vue'
import type { Me } from '@/api/types'

/** Who looks at the application; loaded before any tab is shown. */
export const meKey: InjectionKey<ShallowRef<Me | null>> = Symbol('me')
/** Goes to another tab: `main`, `chats`, `journal`. */
export const openTabKey: InjectionKey<(name: string) => void> = Symbol('openTab')

export function useMe(): Me {
  const me = inject(meKey)?.value
  if (!me) throw new Error('Tabs are shown when /api/me has answered')
  return me
}

export function useOpenTab(): (name: string) => void {
  return inject(openTabKey) ?? (() => undefined)
}
