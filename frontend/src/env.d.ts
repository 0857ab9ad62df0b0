/// <reference types="vite/client" />

declare module '@bitrix24/b24ui-nuxt/vue-plugin' {
  import type { Plugin } from 'vue'

  const plugin: Plugin
  export default plugin
}
