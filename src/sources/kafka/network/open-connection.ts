import { isLeft } from 'fp-ts/lib/Either.js'
import { errorCode, errorName } from '../../../core/protocol/error-code.js'
import { apiVersions, type BrokerVersions } from '../protocol/api-versions.js'
import { latestUsableVersion, type BrokerApiVersions } from '../protocol/latest-usable-version.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { authenticate, type Authentication, beginExchange } from './authenticate.js'
import type { Connection, ConnectionEnd } from './connection.js'
import { SessionKeeper } from './session-keeper.js'
import { SocketConnection, type SocketOptions } from './socket-connection.js'
import { faultOfThrown, WireError } from './wire-error.js'

export interface OpeningOptions extends SocketOptions {
  /** null without SASL */
  readonly authentication: Authentication | null
  readonly secrets: KnownSecrets
  readonly random: () => number
}

/** An open connection, and the versions that its broker supports. */
export interface OpenConnection {
  readonly connection: Connection
  readonly supported: BrokerApiVersions
}

/** A connection that is being opened, which can be abandoned. */
export interface Opening {
  readonly open: Promise<OpenConnection>
  readonly abandon: () => void
}

/** Opens connections: `openConnection`, unless a kafkajs instance opens them. */
export type OpenConnections = (options: OpeningOptions, onEnd: OnEnd) => Opening

export type OnEnd = (connection: Connection, end: ConnectionEnd) => void

/**
 * Opens a connection: TCP, TLS, ApiVersions, SASL. Each step has `setupTimeoutMs`. The connection authenticates again before
 * its session ends, between two requests. Calls `onEnd` once, even if it never opened.
 */
export const openConnection = (options: OpeningOptions, onEnd: OnEnd): Opening => {
  let failed: (error: WireError) => void
  let keeper: SessionKeeper | null = null
  let connection: SocketConnection
  const socketOpen = new Promise<void>((resolve, reject) => {
    failed = reject
    connection = new SocketConnection(options, resolve, (end) => {
      keeper?.close()
      failed(new WireError(end.fault, false))
      onEnd(connection, end)
    })
  })
  const opened = async (): Promise<OpenConnection> => {
    await socketOpen
    const { code, supported } = await askVersions(connection, options.setupTimeoutMs)
    if (code !== errorCode.NONE) throw new Error(`it answered ApiVersions with ${errorName(code)}`)
    const { authentication, target } = options
    if (authentication !== null) {
      const exchange = await beginExchange(authentication, target)
      const sessionMs = await authenticate(authentication, connection, target, supported, exchange)
      keeper = new SessionKeeper(options, authentication, connection, supported)
      keeper.began(sessionMs)
    }
    connection.release()
    return { connection, supported }
  }
  return {
    open: opened().catch((error: unknown) => {
      const fault = faultOfThrown(error, connection.broker)
      connection.destroy(fault)
      throw new WireError(fault, false)
    }),
    abandon: () => {
      connection.close()
    }
  }
}

/** A broker that does not support the version of ApiVersions answers with the supported ones, from Kafka 2.4 on. */
const askVersions = async (connection: SocketConnection, timeoutMs: number): Promise<BrokerVersions> => {
  const first = { api: apiVersions, version: apiVersions.versions.to }
  const answer = await connection.askAhead(first, undefined, timeoutMs)
  if (answer.code !== errorCode.UNSUPPORTED_VERSION) return answer
  const common = latestUsableVersion(apiVersions, answer.supported)
  return connection.askAhead(isLeft(common) ? { ...first, version: 0 } : common.right, undefined, timeoutMs)
}
