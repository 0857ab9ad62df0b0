import { problemOf, SessionLost } from './problem'

export interface SessionOptions {
  session: string
  /** An access token of the user from the portal; `fresh`: not the one that it has kept. */
  accessToken: (fresh: boolean) => Promise<string>
  /** Told true when the session could not be renewed, false when it was. */
  onLost?: (lost: boolean) => void
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Seconds: the server makes sessions of at most ten minutes; we ask for a new one a little earlier. */
const LIFETIME = 600
const EARLY = 60

/** Sends one request to our API with the given session. */
export type Send = (path: string, session: string, body: unknown) => Promise<Response>

/** The session token of the page, in memory only, and its renewal through the portal (DESIGN 3, "Pages"). */
export class Session {
  token: string
  private renewal: Promise<void> | null = null
  private until: number

  constructor(
    private readonly options: SessionOptions,
    private readonly post: Send,
  ) {
    this.token = options.session
    this.until = this.end(LIFETIME)
  }

  /** Renews ahead of time what is about to expire, so that ordinary work never meets a 401. */
  async keepFresh(): Promise<void> {
    if (this.now() >= this.until) await this.renew()
  }

  private now(): number {
    return (this.options.now ?? Date.now)()
  }

  private end(seconds: number): number {
    return this.now() + Math.max(seconds - EARLY, 0) * 1000
  }

  /** One renewal at a time, whoever needs it; throws `SessionLost`, or `Problem` when the server is down. */
  renew(): Promise<void> {
    this.renewal ??= this.attempt().finally(() => (this.renewal = null))
    return this.renewal
  }

  private async attempt(): Promise<void> {
    const kept = await this.exchange(false)
    // A portal that gave none would only be waited for once more.
    const renewed = kept === 'refused' ? await this.exchange(true) : kept
    this.options.onLost?.(renewed !== 'renewed')
    if (renewed !== 'renewed') throw new SessionLost()
  }

  private async exchange(fresh: boolean): Promise<'renewed' | 'refused' | 'silent'> {
    const access_token = await this.options.accessToken(fresh).catch((error: unknown) => {
      console.warn('The portal gave no access token', error)
      return null
    })
    if (access_token === null) return 'silent'
    const answer = await this.post('session', this.token, { access_token, session: this.token })
    // A server that is down is not a lost session: the same call may simply be tried again.
    if (answer.status >= 500) throw await problemOf(answer)
    if (!answer.ok) return 'refused'
    const renewed = (await answer.json()) as { session: string; expires_in: number }
    this.token = renewed.session
    this.until = this.end(renewed.expires_in)
    return 'renewed'
  }
}

