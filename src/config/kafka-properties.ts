import type { Secret } from '../model/secret.js'
import type { LocateBrokers } from './bootstrap-servers.js'
import type { ConnectionProfile } from './connection-profile.js'
import type { OAuthToken, SaslMechanism } from './sasl.js'

/**
 * A cluster's properties, by Kafka's names. Times are in ms, sizes in bytes; certificates and keys are PEM texts.
 */
export interface KafkaProperties {
  /**
   * `host:port`, or several, with commas between them or as a list; an IPv6 address in brackets. Or a function that returns
   * them: it is called at the start, and again whenever no known broker answers; it may take
   * `socket.connection.setup.timeout.ms`. With `allowed.broker.hosts`, it may return only those hosts.
   *
   * @example
   * 'bootstrap.servers': async () => (await registry.instancesOf('kafka')).map(({ host, port }) => `${host}:${port}`)
   */
  readonly 'bootstrap.servers': string | readonly string[] | LocateBrokers
  /** @default 'ackstream' */
  readonly 'client.id'?: string | undefined
  /** @default 'PLAINTEXT' */
  readonly 'security.protocol'?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** One of Kafka's mechanisms, or your own, such as AWS MSK IAM: an object with `name` and `authenticate`. */
  readonly 'sasl.mechanism'?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER' | SaslMechanism
  readonly 'sasl.username'?: string | undefined
  readonly 'sasl.password'?: string | Secret | undefined
  /**
   * Returns a token. It is called for each connection, and again before the session of the connection ends; connections share
   * a token that has an `expiresAt`. It may take `socket.connection.setup.timeout.ms`. For the client credentials of KIP-768 it
   * requests the token from the authorization server.
   *
   * @example
   * 'sasl.oauthbearer.token': async () => {
   *   const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
   *   const answer = await fetch(tokenEndpoint, { method: 'POST', body })
   *   if (!answer.ok) throw new Error(`the authorization server answered ${answer.status}`)
   *   const { access_token, expires_in } = await answer.json()
   *   return { value: access_token, expiresAt: Date.now() + expires_in * 1000 }
   * }
   */
  readonly 'sasl.oauthbearer.token'?: () => Promise<OAuthToken>
  /** The authorities to trust. @default those of Node */
  readonly 'ssl.ca.pem'?: string | readonly string[] | undefined
  readonly 'ssl.certificate.pem'?: string | undefined
  readonly 'ssl.key.pem'?: string | Secret | undefined
  readonly 'ssl.key.password'?: string | Secret | undefined
  /**
   * Returns the certificate and its key, in place of the three properties above. It is called before each new connection, so
   * that the next connection uses a renewed certificate. It may take `socket.connection.setup.timeout.ms`. If it throws, or
   * returns a certificate that cannot be used, the attempt to connect fails and is repeated.
   *
   * @example
   * 'ssl.certificate.provider': async () => ({
   *   certificate: await readFile('/run/secrets/tls.crt', 'utf8'),
   *   key: secret(await readFile('/run/secrets/tls.key', 'utf8'))
   * })
   */
  readonly 'ssl.certificate.provider'?: () => ClientCertificate | Promise<ClientCertificate>
  /** The name in the broker's certificate, if it differs from the broker's host. */
  readonly 'ssl.server.name'?: string | undefined
  /** Accepts any certificate: anyone between client and broker can read and change everything. @default false */
  readonly dangerouslyDisableTlsVerification?: boolean
  /** Allows to send a password or token to another machine over a connection without encryption. @default false */
  readonly 'allow.plaintext.sasl'?: boolean
  /**
   * The hosts that the client may connect to, besides those of `bootstrap.servers`. If a broker names another host, no byte is
   * sent there. A `*` stands for any number of characters: `['*.kafka.example.com']`.
   *
   * @default any host that the cluster names
   */
  readonly 'allowed.broker.hosts'?: readonly string[]
  /** All addresses of a host are tried, in the order of the system's resolver. There is no other mode. */
  readonly 'client.dns.lookup'?: 'use_all_dns_ips'
  /**
   * `rebootstrap`: the client uses `bootstrap.servers` again when no known broker answers (KIP-899), or when a broker requests
   * it (KIP-1102). `none`: it uses them only at the start.
   *
   * @default 'rebootstrap'
   */
  readonly 'metadata.recovery.strategy'?: 'rebootstrap' | 'none'
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /** The limit for each step of opening a connection: TCP, TLS, and each answer until it is authenticated. @default 10000 */
  readonly 'socket.connection.setup.timeout.ms'?: number
  /** `socket.connection.setup.timeout.ms` is doubled with each failed attempt, up to this. @default 30000 */
  readonly 'socket.connection.setup.timeout.max.ms'?: number
  /** @default 50 */
  readonly 'reconnect.backoff.ms'?: number
  /** @default 1000 */
  readonly 'reconnect.backoff.max.ms'?: number
  /** After how long an unused connection is closed; brokers close theirs after 10 minutes. @default 540000 */
  readonly 'connections.max.idle.ms'?: number
  /**
   * How many connections the consumers and producers of this cluster open to a broker, and how fast. A broker answers the
   * requests of a connection in order, so each consumer has its own connections for fetches and for joins; all share one for
   * metadata.
   *
   * - `'fast'`: each consumer also has one for heartbeats and commits, and each producer has one. 100 new connections at once,
   *   then 50 a second.
   * - `'few'`: all share those, and the connection for joins is closed after 10 s without use. 4 new connections at once, then
   *   4 a second: for small managed brokers, which limit both. Heartbeats are sent every 3 s, unless `heartbeat.interval.ms` is
   *   set. Consumers start later, wait for each other's commits, and notice rebalances later.
   *
   * @default 'fast'
   */
  readonly connections?: ConnectionProfile
  /** The maximum size of a broker's answer. @default 104857600 */
  readonly 'max.frame.bytes'?: number
}

/** The client's certificate for brokers that require one (`ssl.client.auth`), as PEM texts. */
export interface ClientCertificate {
  readonly certificate: string
  readonly key: string | Secret
  readonly password?: string | Secret
}
