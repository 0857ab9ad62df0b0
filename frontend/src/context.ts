import type { InjectionKey } from 'vue'
import { inject, ref } from 'vue'
import type { PortalFrame } from './frame/frame'
import type { Shell } from './shell'

export const shellKey: InjectionKey<Shell> = Symbol('shell')
export const frameKey: InjectionKey<PortalFrame> = Symbol('frame')

/** True while the session is over and could not be renewed: Root says so above every page. */
export const sessionLost = ref(false)

function given<T>(key: InjectionKey<T>): T {
  const value = inject(key)
  if (value === undefined) throw new Error('Provided by main.ts')
  return value
}

export const useShell = (): Shell => given(shellKey)
export const useFrame = (): PortalFrame => given(frameKey)
