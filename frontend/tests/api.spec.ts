import { describe, expect, it, vi } from 'vitest'
import { createApi } from '@/api/client'
import { Problem, SessionLost } from '@/api/problem'

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status })

/** A server that knows one session; `renewals` counts how often it gave a new one. */
function server(options: { accepts?: (token: string) => boolean } = {}) {
  const state = { current: 's1', renewals: 0, calls: [] as string[] }
  const fetch = vi.fn(async (input: unknown, init?: RequestInit) => {
    const path = String(input)
    const token = new Headers(init?.headers).get('Authorization')?.replace('Bearer ', '')
    state.calls.push(`${init?.method} ${path} ${token}`)
    if (path === '/api/session') {
      const { access_token } = JSON.parse(String(init?.body)) as { access_token: string }
      if (options.accepts && !options.accepts(access_token)) return json(401, {})
      state.current = `s${++state.renewals + 1}`
      return json(200, { session: state.current, expires_in: 600 })
    }
    return token === state.current ? json(200, { path }) : json(401, { title: 'expired' })
  })
  return { state, fetch }
}

describe('the API client', () => {
  it('sends the session and answers with JSON', async () => {
    const { state, fetch } = server()
    const api = createApi({ session: 's1', accessToken: async () => 'a', fetch })
    expect(await api.get('me')).toEqual({ path: '/api/me' })
    expect(state.calls).toEqual(['GET /api/me s1'])
  })

  it('takes an answer that breaks off for a server that is away, and one without a body for nothing', async () => {
    const answering = (body: string | null, status = 200) =>
      createApi({ session: 's1', accessToken: async () => 'a', fetch: async () => new Response(body, { status }) })
    await expect(answering('[{"id": 1}, {"i').get('directory/users')).rejects.toMatchObject({ status: 0 })
    expect(await answering(null, 204).post('health/repair')).toBeUndefined()
  })

  it('renews an expired session and repeats the call with the same body', async () => {
    const { state, fetch } = server()
    const api = createApi({ session: 'old', accessToken: async () => 'a', fetch })
    await api.put('settings/main', { typed: 'text' })
    expect(state.calls).toEqual(['PUT /api/settings/main old', 'POST /api/session old', 'PUT /api/settings/main s2'])
    expect(fetch.mock.calls[2]?.[1]?.body).toBe('{"typed":"text"}')
  })

  it('renews once for many calls at a time', async () => {
    const { state, fetch } = server()
    const api = createApi({ session: 'old', accessToken: async () => 'a', fetch })
    await Promise.all(['a', 'b', 'c', 'd'].map(path => api.get(path)))
    expect(state.renewals).toBe(1)
  })

  it('renews ahead of time, so that a long working day meets no 401', async () => {
    const { state, fetch } = server()
    let now = 0
    const api = createApi({ session: 's1', accessToken: async () => 'a', fetch, now: () => now })
    await api.get('me')
    now = 539_000
    await api.get('me')
    expect(state.renewals).toBe(0)
    now = 540_000
    await Promise.all([api.get('a'), api.get('b')])
    expect(state.renewals).toBe(1)
    expect(state.calls.filter(call => call.includes('/api/b'))).toEqual(['GET /api/b s2'])
  })

  it('asks the portal for a fresh access token when the kept one is refused', async () => {
    const { state, fetch } = server({ accepts: token => token === 'fresh' })
    const api = createApi({ session: 'old', accessToken: async fresh => (fresh ? 'fresh' : 'kept'), fetch })
    await api.get('me')
    expect(state.renewals).toBe(1)
  })

  it('tells that the session is lost, and that it is back', async () => {
    const { fetch } = server()
    const told: boolean[] = []
    let portalAnswers = false
    const accessToken = async () => {
      if (!portalAnswers) throw new Error('no frame')
      return 'a'
    }
    const api = createApi({ session: 'old', accessToken, fetch, onLost: lost => told.push(lost) })
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await expect(api.get('me')).rejects.toBeInstanceOf(SessionLost)
    portalAnswers = true
    await api.get('me')
    expect(told).toEqual([true, false])
  })

  it('does not take a server that is down for a lost session', async () => {
    const told: boolean[] = []
    const fetch = async (input: unknown) => (String(input) === '/api/session' ? json(503, { title: 'down' }) : json(401, {}))
    const api = createApi({ session: 'old', accessToken: async () => 'a', fetch, onLost: lost => told.push(lost) })
    await expect(api.get('me')).rejects.toMatchObject({ status: 503 })
    expect(told).toEqual([])
  })

  it.each([
    ['a problem of the server', json(422, { title: 'no', errors: [{ field: 'a.b', message: 'c' }] }), 422, 'no', 1],
    ['the page of a proxy', new Response('<html>', { status: 502 }), 502, '', 0],
  ])('hands up %s', async (_name, answer, status, message, errors) => {
    const api = createApi({ session: 's', accessToken: async () => 'a', fetch: async () => answer })
    const problem = (await api.get('me').catch((error: unknown) => error)) as Problem
    expect(problem).toBeInstanceOf(Problem)
    expect([problem.status, problem.message, problem.errors.length]).toEqual([status, message, errors])
  })

  it('hands up a broken connection as status 0', async () => {
    const fetch = () => Promise.reject(new TypeError('failed'))
    const api = createApi({ session: 's', accessToken: async () => 'a', fetch })
    await expect(api.get('me')).rejects.toMatchObject({ status: 0 })
  })
})
