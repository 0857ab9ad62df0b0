import { gzipSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

/** What a person waits for before the first page is drawn: bytes of JavaScript, gzip. */
export const BUDGET = 300 * 1024

type Chunk = Rolldown.OutputChunk

/** A chunk and all that it imports statically. */
function withImports(chunk: Chunk, chunks: Map<string, Chunk>, seen = new Set<Chunk>()): Set<Chunk> {
  if (seen.has(chunk)) return seen
  seen.add(chunk)
  for (const name of chunk.imports) {
    const next = chunks.get(name)
    if (next) withImports(next, chunks, seen)
  }
  return seen
}

/** Fails the build when the first page of the application outgrows the budget. */
export function pageBudget(entry: string, lazy: string[]): Plugin {
  return {
    name: 'page-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = new Map(Object.values(bundle).flatMap(part => (part.type === 'chunk' ? [[part.fileName, part] as const] : [])))
      const first = [...chunks.values()].filter(({ facadeModuleId: id }) => id && [entry, ...lazy].some(name => id.endsWith(name)))
      if (first.length !== lazy.length + 1) this.error(`Chunks of the first page are missing: ${first.map(one => one.fileName)}`)
      const needed = new Set(first.flatMap(chunk => [...withImports(chunk, chunks)]))
      const bytes = [...needed].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
      this.info(`first page: ${(bytes / 1024).toFixed(1)} KiB of JavaScript, gzip`)
      if (bytes > BUDGET) this.error(`The first page needs ${bytes} bytes of JavaScript (gzip), more than ${BUDGET}`)
    },
  }
}
