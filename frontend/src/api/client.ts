import type { InjectionKey } from 'vue'
import { inject } from 'vue'
import { Problem, problemOf, SessionLost } from './problem'

export interface Api {
  get<T>(path: string): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  delete<T>(path: string, body?: unknown): Promise<T>
}

export interface ApiOptions {
  session: string
  /** An access token of the user from the portal; `fresh`: not the one it has kept. */
  accessToken: (fresh: boolean) => Promise<string>
  fetch?: typeof fetch
  /** Told true when the session could not be renewed, false when requests work again. */
  onLost?: (lost: boolean) => void
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** JSON calls below `/api`; the session is renewed once at 401 and the call repeated. */
export function createApi(options: ApiOptions): Api {
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args))
  let session = options.session
  let renewal: Promise<void> | null = null

  async function request(method: Method, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', Authorization: `Bearer ${session}` }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    try {
      return await send(`/api/${path}`, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: 'omit',
        cache: 'no-store',
      })
    } catch {
      throw new Problem(0)
    }
  }

  async function exchange(fresh: boolean): Promise<boolean> {
    const access_token = await options.accessToken(fresh)
    const answer = await request('POST', 'session', { access_token, session })
    if (answer.status >= 500) throw await problemOf(answer)
    if (!answer.ok) return false
    session = ((await answer.json()) as { session: string }).session
    return true
  }

  async function renew(): Promise<void> {
    const renewed = await (async () => (await exchange(false)) || (await exchange(true)))().catch((error: unknown) => {
      // A server that is down is not a lost session: the call itself may be tried again.
      if (error instanceof Problem) throw error
      return false
    })
    options.onLost?.(!renewed)
    if (!renewed) throw new SessionLost()
  }

  /** One renewal at a time, whoever needs it. */
  function renewOnce(): Promise<void> {
    renewal ??= renew().finally(() => (renewal = null))
    return renewal
  }

  async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const used = session
    let answer = await request(method, path, body)
    if (answer.status === 401) {
      if (session === used) await renewOnce()
      answer = await request(method, path, body)
    }
    if (!answer.ok) throw await problemOf(answer)
    return (answer.status === 204 ? undefined : await answer.json().catch(() => undefined)) as T
  }

  return {
    get: path => call('GET', path),
    put: (path, body) => call('PUT', path, body),
    post: (path, body) => call('POST', path, body),
    delete: (path, body) => call('DELETE', path, body),
  }
}

export const apiKey: InjectionKey<Api> = Symbol('api')

export function useApi(): Api {
  const api = inject(apiKey)
  if (!api) throw new Error('The API is provided by main.ts')
  return api
}
