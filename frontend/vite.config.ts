import { fileURLToPath } from 'node:url'
import bitrix24Kit from '@bitrix24/b24ui-nuxt/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { pageBudget } from './budget.ts'
import { packed } from './packed.ts'
import { mockServer } from './mock/server.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: '/assets/',
  plugins: [
    vue(),
    // Storage of a frame may be blocked together with third-party cookies: no colour mode, no router.
    bitrix24Kit({
      components: false,
      autoImport: false,
      colorMode: false,
      router: false,
      experimental: { componentDetection: true },
      // Fields are as wide as the place they are given.
      b24ui: {
        input: { slots: { root: 'w-full' } },
        select: { slots: { root: 'w-full' } },
        selectMenu: { slots: { root: 'w-full' } },
        // Labels stand out from the sentences under them, which get air.
        formField: { slots: { label: 'font-semibold leading-snug', description: 'mt-0.5 leading-snug', wrapper: 'mb-1' } },
        radioGroup: { slots: { label: 'leading-snug', description: 'mt-0.5 leading-snug' } },
        checkbox: { slots: { label: 'leading-snug', description: 'leading-snug' } },
      },
    }),
    pageBudget('/src/main.ts', ['/AppPage.vue', '/locales/ru/index.ts']),
    packed(),
    mockServer(),
  ],
  define: {
    __VUE_I18N_FULL_INSTALL__: 'true',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __VUE_OPTIONS_API__: 'false',
  },
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: '',
    manifest: true,
    target: 'es2022',
    sourcemap: false,
    reportCompressedSize: true,
    rolldownOptions: { input: here('./src/main.ts') },
  },
})
