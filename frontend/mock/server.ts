import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { answer } from './api.ts'
import { portalPage } from './portal.ts'
import { World } from './world.ts'

/** The CSP of the real server, so that what it forbids is seen here first. */
const CSP =
  "default-src 'none'; script-src 'self' 'nonce-mock'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
  "img-src 'self' data: https:; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'"

function shellTags(query: URLSearchParams): string {
  const meta = (name: string, value: string) => `<meta name="${name}" content="${value}">`
  return [
    meta('session', query.get('session') ?? 'mock'),
    meta('page', query.get('page') ?? 'app'),
    meta('portal', 'https://portal.example'),
    meta('admin', query.get('admin') ?? '1'),
    meta('line', query.get('line') ?? ''),
  ].join('')
}

interface Chunk {
  file: string
  css?: string[]
}

function builtShell(query: URLSearchParams): string {
  const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8')) as Record<string, Chunk>
  const entry = manifest['src/main.ts']
  const styles = (entry?.css ?? []).map(file => `<link rel="stylesheet" href="/assets/${file}">`).join('')
  return `<!doctype html><html lang="${query.get('lang') ?? 'ru'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>UIS OMNI</title>${shellTags(query)}${styles}
<script type="module" nonce="mock" src="/assets/${entry?.file ?? ''}"></script></head><body><div id="app"></div></body></html>`
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of request) text += String(part)
  return text ? JSON.parse(text) : undefined
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, ...(type === 'text/html' ? { 'Content-Security-Policy': CSP } : {}) })
  response.end(text)
}

/** `/frame?page=app&lang=ru&admin=1`, `/portal?…` the same inside a portal, `/api/...`. */
function middleware(world: World): Connect.NextHandleFunction {
  return async (request, response, next) => {
    const url = new URL(request.url ?? '/', 'http://mock')
    if (url.pathname === '/portal') {
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end(portalPage(url.search))
    } else if (url.pathname === '/frame') send(response, 200, 'text/html', builtShell(url.searchParams))
    else if (url.pathname.startsWith('/api/')) {
      const reply = answer(world, request, url, await bodyOf(request))
      send(response, reply.status, 'application/json', JSON.stringify(reply.body ?? null))
    } else next()
  }
}

/** Serves an invented portal and our API to `pnpm dev` and `vite preview`; no part of a build. */
export function mockServer(): Plugin {
  const world = new World()
  return {
    name: 'mock-server',
    configureServer: server => void server.middlewares.use(middleware(world)),
    configurePreviewServer: server => void server.middlewares.use(middleware(world)),
    transformIndexHtml: (html, context) =>
      context.server
        ? html.replace('</head>', `${shellTags(new URL(context.originalUrl ?? '/', 'http://mock').searchParams)}</head>`)
        : html,
  }
}
