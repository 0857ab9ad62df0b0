import type { InjectionKey, Ref, ShallowRef } from 'vue'
import { inject, ref } from 'vue'
import type { Me } from '@/api/types'

/** Who looks at the application; loaded before any tab is shown. */
export const meKey: InjectionKey<ShallowRef<Me | null>> = Symbol('me')
/** Goes to another tab by its name: `main`, `chats`, `journal`. */
export const openTabKey: InjectionKey<(name: string) => void> = Symbol('openTab')
/** Names of the tabs that this person sees. */
export const tabsKey: InjectionKey<Ref<readonly string[]>> = Symbol('tabs')

export function useMe(): Me {
  const me = inject(meKey)?.value
  if (!me) throw new Error('Tabs are shown when /api/me has answered')
  return me
}

export function useOpenTab(): (name: string) => void {
  return inject(openTabKey) ?? (() => undefined)
}

export function useTabs(): Ref<readonly string[]> {
  return inject(tabsKey, () => ref([]), true)
}
