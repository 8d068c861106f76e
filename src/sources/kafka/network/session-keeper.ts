import type { Cancel, Clock } from '../../../model/clock.js'
import type { BrokerApiVersions } from '../protocol/latest-usable-version.js'
import { authenticate, type Authentication, beginExchange } from './authenticate.js'
import { renewAfter } from './renew-after.js'
import type { SocketConnection, SocketOptions } from './socket-connection.js'
import { faultOfThrown } from './wire-error.js'

/** How soon a token is requested again after a failure. */
const againMs = 1_000
/** The session counts as over after this share of it: a request that reaches the broker later is refused. */
const usableShare = 0.97

/**
 * Keeps a connection authenticated (KIP-368). Between 85 and 95 % of a session it prepares a new exchange, while requests
 * continue; then the exchange runs between two of them. If there is no time for that, the connection is closed regularly. The
 * next request opens another one, and fails with the reason if that is impossible too.
 */
export class SessionKeeper {
  private readonly clock: Clock
  private readonly random: () => number
  private readonly target: SocketOptions['target']
  private readonly authentication: Authentication
  private readonly connection: SocketConnection
  private readonly supported: BrokerApiVersions
  private renewal: Cancel | null = null
  private expiry: Cancel | null = null

  constructor(
    { clock, random, target }: Pick<SocketOptions, 'clock' | 'target'> & { readonly random: () => number },
    authentication: Authentication,
    connection: SocketConnection,
    supported: BrokerApiVersions
  ) {
    this.clock = clock
    this.random = random
    this.target = target
    this.authentication = authentication
    this.connection = connection
    this.supported = supported
  }

  /** A session of this length began; 0: it lasts as long as the connection. */
  began(sessionMs: number): void {
    if (sessionMs <= 0 || this.connection.ended) return
    const inMs = renewAfter(sessionMs, this.random())
    if (inMs !== null) this.renewIn(inMs)
    this.expiry = this.clock.schedule(sessionMs * usableShare, () => {
      void this.retire()
    })
  }

  close(): void {
    this.renewal?.()
    this.expiry?.()
  }

  private renewIn(inMs: number): void {
    this.renewal = this.clock.schedule(inMs, () => {
      void this.renew()
    })
  }

  private async renew(): Promise<void> {
    const { authentication, connection, target } = this
    const exchange = await beginExchange(authentication, target).catch((error: unknown) => {
      const fault = faultOfThrown(error, connection.broker)
      if (fault._tag === 'ConnectionFault') this.renewIn(againMs)
      else connection.destroy(fault)
      return null
    })
    if (exchange === null || connection.ended) return
    // From here on only the exchange is sent, so the end of the session is irrelevant.
    this.expiry?.()
    await connection.quiet()
    try {
      this.began(await authenticate(authentication, connection, target, this.supported, exchange))
      connection.release()
    } catch (error) {
      connection.destroy(faultOfThrown(error, connection.broker))
    }
  }

  private async retire(): Promise<void> {
    this.renewal?.()
    await this.connection.quiet()
    this.connection.close()
  }
}
