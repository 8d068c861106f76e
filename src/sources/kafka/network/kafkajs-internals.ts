import type { Socket } from 'node:net'
import kafkajs from 'kafkajs'
import type { ConnectionSettings } from '../../../config/cluster-config.js'
import type { SpokenVersions } from '../protocol/newest-common.js'
import { socketFactory, type SocketIntake, type SocketOptions } from './socket-factory.js'

/**
 * What of kafkajs 2.2.4 is used behind its public types: the one place that knows its objects' shapes. The version is pinned.
 */
export interface KafkaJsConnection {
  host: string
  port: number
  socket: Socket | undefined
  connectionStatus: string
  requestQueue: KafkaJsRequestQueue
  authHandlers: { onSuccess(data: Buffer): void; onError(): void } | null
  authExpectResponse: boolean
  clientId: string
  /** null where nothing is to be authenticated */
  sasl: object | null
  socketFactory: (options: SocketOptions, intake?: SocketIntake) => Socket
  connect(): Promise<unknown>
  /** At once, unless the socket is let go of in another way. */
  disconnect(letGo?: (socket: Socket) => void): Promise<unknown>
  authenticate(): Promise<unknown>
  /** What kafkajs itself sends: the steps of SASL. Theirs are answered with `authBytes`. */
  send(request: unknown): Promise<{ readonly authBytes?: Buffer } | undefined>
  isConnected(): boolean
  /** Ends an attempt to connect that is under way, and its timer; added by `repair`. */
  giveUpConnecting(): void
  /** False before, and again when the broker wants it anew. */
  isAuthenticated(): boolean
  nextCorrelationId(): number
  processData(chunk: Buffer): void
  setVersions(versions: SpokenVersions): void
  setSupportAuthenticationProtocol(supported: boolean): void
}

export interface KafkaJsRequestQueue {
  pending: unknown[]
  push(request: KafkaJsRequest): void
  /** Holds requests back for so long. */
  maybeThrottle(throttleMs: number): void
  rejectAll(error: Error): void
  destroy(): void
  scheduleCheckPendingRequests(): void
  fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void
}

/** A request as kafkajs's queue takes it: its own `send` would copy the body twice more. */
export interface KafkaJsRequest {
  readonly entry: {
    readonly apiKey: number
    readonly apiName: string
    readonly apiVersion: number
    readonly correlationId: number
    readonly resolve: (answer: { readonly payload: Buffer } | undefined) => void
    readonly reject: (error: Error) => void
  }
  readonly expectResponse: boolean
  readonly requestTimeout: number
  readonly sendRequest: () => void
}

interface KafkaJsCluster {
  readonly connectionPoolBuilder: {
    build(to: { host: string; port: number }): Promise<{ readonly pool: readonly KafkaJsConnection[] }>
  }
}

/** Makes connections to one address; nothing is opened before one is used. */
export type MakeConnection = (host: string, port: number) => Promise<KafkaJsConnection>

/**
 * kafkajs hands its cluster to an assigner when a consumer is made, by its public API and before anything connects. Its
 * connections are all that is used of it: they speak TLS and SASL and match answers to requests.
 */
export const makeConnections = (settings: ConnectionSettings): MakeConnection => {
  const found: { cluster: KafkaJsCluster | null } = { cluster: null }
  const { Kafka } = kafkajs
  const { tls, sasl } = settings
  const client = new Kafka({
    clientId: settings.clientId,
    // Never dialled by kafkajs itself: every connection is asked for by address.
    brokers: ['127.0.0.1:1'],
    // Each request says how long it may take, and kafkajs takes the longer of the two. It also looks for late ones this often
    // (at most every 100 ms): with 1 an idle consumer took 2 % of a core.
    requestTimeout: 100,
    enforceRequestTimeout: true,
    connectionTimeout: settings.connectionTimeoutMs,
    ssl: tls !== null,
    socketFactory: socketFactory(tls),
    ...(sasl === null ? {} : { sasl: saslOptions(sasl) }),
    retry: { retries: 0 },
    // The library prints nothing; what matters comes as a fault. An environment variable would beat `logLevel`.
    logCreator: () => () => undefined
  })
  client.consumer({
    groupId: 'unused',
    partitionAssigners: [
      ({ cluster }) => {
        found.cluster = cluster as unknown as KafkaJsCluster
        return {
          name: 'unused',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: 'unused', metadata: Buffer.alloc(0) })
        }
      }
    ]
  })
  return async (host, port) => {
    const pool = await found.cluster?.connectionPoolBuilder.build({ host, port })
    // A pool holds two, the second for fetches; a connection of its own for each purpose needs only one.
    const connection = pool?.pool[0]
    if (connection === undefined) throw new Error('kafkajs gave no connection: only version 2.2.4 is known to work')
    return connection
  }
}

type Sasl = NonNullable<ConnectionSettings['sasl']>

const saslOptions = (sasl: Sasl): kafkajs.SASLOptions => {
  if (sasl.mechanism === 'oauthbearer') return { mechanism: 'oauthbearer', oauthBearerProvider: sasl.token }
  return { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password.reveal() }
}
