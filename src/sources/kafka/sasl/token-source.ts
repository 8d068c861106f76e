import type { OAuthToken } from '../../../config/sasl.js'
import type { Clock } from '../../../model/clock.js'
import { withTimeout } from '../with-timeout.js'
import { invalidToken } from './invalid-token.js'

/** New authentications use a token for this share of its life. */
const usableShare = 0.8

/**
 * The user's function that returns tokens. Concurrent calls share one result, and a token with a known expiry is kept for four
 * fifths of its life. A call that never settles is abandoned after `limitMs`; the next one calls the function again.
 */
export class TokenSource {
  private readonly provide: () => Promise<OAuthToken>
  private readonly clock: Clock
  private readonly limitMs: number
  private asking: Promise<OAuthToken> | null = null
  private kept: { readonly token: OAuthToken; readonly until: number } | null = null

  constructor(provide: () => Promise<OAuthToken>, clock: Clock, limitMs: number) {
    this.provide = provide
    this.clock = clock
    this.limitMs = limitMs
  }

  token(): Promise<OAuthToken> {
    if (this.kept !== null && this.clock.wallTime() < this.kept.until) return Promise.resolve(this.kept.token)
    this.asking ??= this.ask().finally(() => {
      this.asking = null
    })
    return this.asking
  }

  /**
   * The broker refused the token. Returns false if it had expired: another one is requested, and may be accepted. It need not
   * be the latest token, since connections take different times.
   */
  refused(token: OAuthToken): boolean {
    if (this.kept?.token === token) this.kept = null
    return this.clock.wallTime() < (token.expiresAt ?? expiryOf(token.value))
  }

  private async ask(): Promise<OAuthToken> {
    const requestedAt = this.clock.wallTime()
    const what = 'sasl.oauthbearer.token'
    const token = await withTimeout(this.clock, this.limitMs, what, () => this.provide())
    const reason = invalidToken(token)
    if (reason !== null) throw new Error(`${what}: ${reason}`)
    const { expiresAt } = token
    this.kept = expiresAt === undefined ? null : { token, until: requestedAt + (expiresAt - requestedAt) * usableShare }
    return token
  }
}

/** When a JWT expires according to itself; Infinity if the token is not a JWT or does not say. */
const expiryOf = (token: string): number => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const { exp } = claims as { readonly exp?: unknown }
    return typeof exp === 'number' ? exp * 1_000 : Infinity
  } catch {
    return Infinity
  }
}
