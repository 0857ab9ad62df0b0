/** An error answer of our API (RFC 9457), or a request that got none. */
export interface FieldError {
  /** Path in the document that was sent, for example `create.moment`. */
  field: string
  message: string
}

export class Problem extends Error {
  /** HTTP status; 0 when nothing came back. */
  readonly status: number
  readonly detail: string
  /** Stable name of the problem, for example `ticket_expired`. */
  readonly code: string
  readonly errors: FieldError[]
  /** What the server has now, at 409. */
  readonly current: unknown
  /** The whole answer, for what only some refusals have. */
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown> = {}) {
    super(String(body.title ?? ''))
    this.name = 'Problem'
    this.status = status
    this.detail = String(body.detail ?? '')
    this.code = String(body.code ?? '')
    this.errors = Array.isArray(body.errors) ? (body.errors as FieldError[]) : []
    this.current = body.current
    this.body = body
  }
}

/** The session ended and the portal gave us no new one: everything typed stays on the page. */
export class SessionLost extends Error {
  override readonly name = 'SessionLost'
}

async function bodyOf(answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text()
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  } catch {
    // A proxy between us answers in HTML: the status is all that can be said.
    return {}
  }
}

export async function problemOf(answer: Response): Promise<Problem> {
  return new Problem(answer.status, await bodyOf(answer))
}
