import './main.css'
import kit from '@bitrix24/b24ui-nuxt/vue-plugin'
import { createApp } from 'vue'
import { apiKey, createApi } from './api/client'
import { portalFrame } from './frame/frame'
import { frameKey, sessionLost, shellKey } from './context'
import { createTexts } from './i18n'
import RootPage from './RootPage.vue'
import { showPlainly } from './plainly'
import { readShell } from './shell'

async function start(): Promise<void> {
  const shell = readShell(document)
  document.documentElement.classList.add('light')
  const api = createApi({
    session: shell.session,
    accessToken: portalFrame.accessToken,
    onLost: lost => (sessionLost.value = lost),
  })
  const app = createApp(RootPage)
  app.use(kit).use(await createTexts(shell.lang))
  app.provide(shellKey, shell).provide(apiKey, api).provide(frameKey, portalFrame)
  app.mount('#app')
}

start().catch((error: unknown) => showPlainly(document, error))
