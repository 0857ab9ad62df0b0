import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXTUAL = /\.(js|css|svg)$/

/** Lays a gzip file beside every file that travels smaller so: the server sends it as it is (`bitrix_app/shell.py`). */
export function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      // After the style sheets were put together, which is the last thing that changes the bundle.
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, part] of Object.entries(bundle)) {
          const source = part.type === 'chunk' ? part.code : part.source
          if (TEXTUAL.test(fileName)) this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(source, { level: 9 }) })
        }
      },
    },
  }
}
