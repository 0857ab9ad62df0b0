import { mergeConfig } from 'vite'
import { defineConfig } from 'vitest/config'
import base from './vite.config.ts'

export default mergeConfig(
  base,
  defineConfig({
    test: {
      environment: 'happy-dom',
      include: ['tests/**/*.spec.ts'],
      // Components of the kit take their time on a busy machine; what hangs is still found.
      testTimeout: 60_000,
      server: { deps: { inline: [/@bitrix24/] } },
    },
  }),
)
