import { problemOf, SessionLost } from './problem'

export interface SessionOptions {
  session: string
  /** An access token of the user from the portal; `fresh`: not the one that it has kept. */
  accessToken: (fresh: boolean) => Promise<string>
  /** Told true when the session could not be renewed, false when it was. */
  onLost?: (lost: boolean) => void
}

/** Sends one request to our API with the given session. */
export type Send = (path: string, session: string, body: unknown) => Promise<Response>

/** The session token of the page, in memory only, and its renewal through the portal (DESIGN 3, "Pages"). */
export class Session {
  token: string
  private renewal: Promise<void> | null = null

  constructor(
    private readonly options: SessionOptions,
    private readonly post: Send,
  ) {
    this.token = options.session
  }

  /** One renewal at a time, whoever needs it; throws `SessionLost`, or `Problem` when the server is down. */
  renew(): Promise<void> {
    this.renewal ??= this.attempt().finally(() => (this.renewal = null))
    return this.renewal
  }

  private async attempt(): Promise<void> {
    const renewed = (await this.exchange(false)) || (await this.exchange(true))
    this.options.onLost?.(!renewed)
    if (!renewed) throw new SessionLost()
  }

  private async exchange(fresh: boolean): Promise<boolean> {
    const access_token = await this.options.accessToken(fresh).catch((error: unknown) => {
      console.warn('The portal gave no access token', error)
      return null
    })
    if (access_token === null) return false
    const answer = await this.post('session', this.token, { access_token, session: this.token })
    // A server that is down is not a lost session: the same call may simply be tried again.
    if (answer.status >= 500) throw await problemOf(answer)
    if (!answer.ok) return false
    this.token = ((await answer.json()) as { session: string }).session
    return true
  }
}

