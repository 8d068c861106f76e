import type { Secret } from '../model/secret.js'
import type { LocateBrokers } from './bootstrap-servers.js'
import type { ConnectionProfile } from './connection-profile.js'
import type { OAuthToken, SaslMechanism } from './sasl.js'

/**
 * A cluster's properties, by Kafka's names. Times are in ms, sizes in bytes; certificates and keys are PEM texts.
 */
export interface KafkaProperties {
  /**
   * `host:port`, several with commas between or as a list; an IPv6 address in brackets. Or a function that gives them: it is
   * asked at first, and again whenever none of the brokers that are known answers, for `socket.connection.setup.timeout.ms`.
   * Under `allowed.broker.hosts` what it gives has to be among those.
   *
   * @example
   * 'bootstrap.servers': async () => (await registry.instancesOf('kafka')).map(({ host, port }) => `${host}:${port}`)
   */
  readonly 'bootstrap.servers': string | readonly string[] | LocateBrokers
  /** @default 'ackstream' */
  readonly 'client.id'?: string
  /** @default 'PLAINTEXT' */
  readonly 'security.protocol'?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** One of Kafka's, or one of your own, such as AWS MSK IAM. */
  readonly 'sasl.mechanism'?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER' | SaslMechanism
  readonly 'sasl.username'?: string | undefined
  readonly 'sasl.password'?: string | Secret | undefined
  /**
   * Gives a token, for each connection and again before its session ends; shared if it says when it ends. It has
   * `socket.connection.setup.timeout.ms`. The client credentials of KIP-768 are a request to the authorization server:
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
   * Gives the certificate and its key, in place of the three above: asked for before each new connection, so that a renewed
   * certificate is used from the next connection on. It has `socket.connection.setup.timeout.ms`; what it gives that cannot be
   * used, and what it throws, fails the attempt, which is made again.
   *
   * @example
   * 'ssl.certificate.provider': async () => ({
   *   certificate: await readFile('/run/secrets/tls.crt', 'utf8'),
   *   key: secret(await readFile('/run/secrets/tls.key', 'utf8'))
   * })
   */
  readonly 'ssl.certificate.provider'?: () => ClientCertificate | Promise<ClientCertificate>
  /** The name in the broker's certificate, where it is not its host. */
  readonly 'ssl.server.name'?: string
  /** Takes any certificate: anybody on the way can read and change everything. @default false */
  readonly dangerouslyDisableTlsVerification?: boolean
  /** Sends a password or token over a connection that is not encrypted, to another machine. @default false */
  readonly 'allow.plaintext.sasl'?: boolean
  /**
   * The hosts that may be connected to, besides those of `bootstrap.servers`. Any other host that a broker names is refused before
   * a byte is sent there. A `*` is any number of characters: `['*.kafka.example.com']`.
   *
   * @default any host that the cluster names
   */
  readonly 'allowed.broker.hosts'?: readonly string[]
  /** All addresses of a host are tried, in the order of the system's resolver: there is no other way here. */
  readonly 'client.dns.lookup'?: 'use_all_dns_ips'
  /**
   * Whether `bootstrap.servers` are asked again when no known broker answers (KIP-899), or a broker asks for it (KIP-1102).
   * `none`: they are asked only at the beginning.
   *
   * @default 'rebootstrap'
   */
  readonly 'metadata.recovery.strategy'?: 'rebootstrap' | 'none'
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /** For each step of a connection: TCP, TLS, and each answer until it is authenticated. @default 10000 */
  readonly 'socket.connection.setup.timeout.ms'?: number
  /** As far as it is doubled, with each attempt that fails. @default 30000 */
  readonly 'socket.connection.setup.timeout.max.ms'?: number
  /** @default 50 */
  readonly 'reconnect.backoff.ms'?: number
  /** @default 1000 */
  readonly 'reconnect.backoff.max.ms'?: number
  /** A connection that is not used for so long is closed; brokers close theirs after 10 minutes. @default 540000 */
  readonly 'connections.max.idle.ms'?: number
  /**
   * How many connections the consumers and producers of this cluster make to a broker, and how fast. A broker answers one
   * connection in order, so that fetches and joins of each consumer have their own; metadata goes over one for all.
   *
   * - `'fast'`: heartbeats and commits of each consumer, and requests of each producer, have their own too. 50 new connections a
   *   second, after 100 at once.
   * - `'few'`: these are shared, and the connection of a join is closed when it was not used for 10 s. 4 new connections a
   *   second, after 4 at once: for small managed brokers, which limit both. Heartbeats come every 3 s where `heartbeat.interval.ms`
   *   says nothing else. Consumers begin later, wait for each other's commits, and hear of a rebalance later.
   *
   * @default 'fast'
   */
  readonly connections?: ConnectionProfile
  /** The largest answer that is taken from a broker. @default 104857600 */
  readonly 'max.frame.bytes'?: number
}

/** What a client shows that it is, where brokers ask for it (`ssl.client.auth`). PEM texts. */
export interface ClientCertificate {
  readonly certificate: string
  readonly key: string | Secret
  readonly password?: string | Secret
}
