import kit from '@bitrix24/b24ui-nuxt/vue-plugin'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import type { IncomingMessage } from 'node:http'
import type { Component } from 'vue'
import { defineComponent, h, KeepAlive, ref, shallowRef } from 'vue'
import { answer } from '../mock/api'
import { World } from '../mock/world'
import { apiKey, createApi } from '@/api/client'
import type { Me } from '@/api/types'
import { frameKey, shellKey } from '@/context'
import type { PortalFrame } from '@/frame/frame'
import { createTexts } from '@/i18n'
import { B24App } from '@/kit'
import { meKey, openTabKey, tabsKey } from '@/pages/app/me'
import { TABS } from '@/pages/app/tabs'

const ME: Me = { user_id: 1, name: 'Administrator', admin: true, portal: '', crm_mode: 'classic', lang: 'ru', version: '0', cabinet_url: null }

/** `fetch` of a page whose server is the invented world. */
export function fetchFrom(world: World): typeof fetch {
  return async (input, init) => {
    const body: unknown = init?.body ? JSON.parse(String(init.body)) : undefined
    const reply = answer(world, { method: init?.method } as IncomingMessage, new URL(String(input), 'http://mock'), body)
    return new Response(JSON.stringify(reply.body ?? null), { status: reply.status })
  }
}

export interface Given {
  world?: World
  admin?: boolean
  me?: Partial<Me>
  line?: number
  frame?: Partial<PortalFrame>
}

/** Mounts a page in the portal's frame, with Russian texts, and waits for its first answers. */
export async function open(page: Component, given: Given = {}): Promise<{ view: VueWrapper; world: World; opened: string[] }> {
  const world = given.world ?? new World()
  const frame: PortalFrame = {
    accessToken: async () => 'token',
    installFinish: async () => undefined,
    setTitle: async () => undefined,
    openPath: async () => undefined,
    reload: async () => undefined,
    ...given.frame,
  }
  const opened: string[] = []
  const around = defineComponent({ render: () => h(B24App, () => h(KeepAlive, () => h(page))) })
  const view = mount(around, {
    attachTo: document.body,
    global: {
      plugins: [kit, await createTexts('ru')],
      provide: {
        [shellKey as symbol]: { session: 's', page: 'app', portal: 'https://portal.example', admin: given.admin ?? true, lang: 'ru', line: given.line ?? 0 },
        [apiKey as symbol]: createApi({ session: 's', accessToken: frame.accessToken, fetch: fetchFrom(world) }),
        [frameKey as symbol]: frame,
        [meKey as symbol]: shallowRef({ ...ME, ...given.me }),
        [tabsKey as symbol]: ref(given.line === undefined ? TABS.map(({ name }) => name) : []),
        [openTabKey as symbol]: (name: string) => opened.push(name),
      },
    },
  })
  await flushPromises()
  return { view, world, opened }
}
