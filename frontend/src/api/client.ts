import type { InjectionKey } from 'vue'
import { inject } from 'vue'
import { Problem, problemOf } from './problem'
import { Session, type SessionOptions } from './session'
import { sendFile, type Sending } from './upload'

export interface Api {
  get<T>(path: string): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  delete<T>(path: string, body?: unknown): Promise<T>
  /** Sends a file as the body; see `Sending`. */
  upload<T>(path: string, file: Blob, sending?: Sending): Promise<T>
}

export interface ApiOptions extends SessionOptions {
  fetch?: typeof fetch
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** What was answered; nothing where there is no body. One that breaks off is as good as none: the server went away. */
async function bodyOf<T>(answer: Response): Promise<T> {
  try {
    const text = await answer.text()
    return (text ? JSON.parse(text) : undefined) as T
  } catch {
    throw new Problem(0)
  }
}

/** JSON calls below `/api`; at 401 the session is renewed once and the call repeated. Errors are `Problem`. */
export function createApi(options: ApiOptions): Api {
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args))

  async function request(method: Method, path: string, token: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', Authorization: `Bearer ${token}` }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const text = body === undefined ? null : JSON.stringify(body)
    try {
      return await send(`/api/${path}`, { method, headers, body: text, credentials: 'omit', cache: 'no-store' })
    } catch {
      throw new Problem(0)
    }
  }

  const session = new Session(options, (path, token, body) => request('POST', path, token, body))

  async function asked<T>(ask: (token: string) => Promise<Response>): Promise<T> {
    await session.keepFresh()
    const used = session.token
    let answer = await ask(used)
    if (answer.status === 401) {
      // Another call may have renewed it while this one was on its way.
      if (session.token === used) await session.renew()
      answer = await ask(session.token)
    }
    if (!answer.ok) throw await problemOf(answer)
    return bodyOf<T>(answer)
  }

  const call = <T>(method: Method, path: string, body?: unknown) => asked<T>(token => request(method, path, token, body))

  return {
    get: path => call('GET', path),
    put: (path, body) => call('PUT', path, body),
    post: (path, body) => call('POST', path, body),
    delete: (path, body) => call('DELETE', path, body),
    upload: (path, file, sending = {}) => asked(token => sendFile(`/api/${path}`, token, file, sending)),
  }
}

export const apiKey: InjectionKey<Api> = Symbol('api')

export function useApi(): Api {
  const api = inject(apiKey)
  if (!api) throw new Error('The API is provided by main.ts')
  return api
}
