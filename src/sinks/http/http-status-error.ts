/**
 * The server answered with a status that does not accept the request. It has no part of the request or the response, so
 * that nothing of a record is printed with it.
 *
 * @example
 * toHttp({ url, body, retry: { attempts: 9, backoff, classify: (cause) => cause instanceof HttpStatusError && cause.status === 409 ? 'permanent' : 'retriable' } })
 */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError'
  readonly status: number
  /** how long the server asks to wait before the next attempt (`Retry-After`), in ms; 0 if it does not say */
  readonly retryAfterMs: number

  constructor(status: number, retryAfterMs = 0) {
    super(`the server answered with status ${String(status)}`)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}
