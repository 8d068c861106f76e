import type {
  Authenticator as KafkajsAuthenticator,
  AuthenticationProviderArgs,
  ISocketFactory,
  KafkaConfig
} from 'kafkajs'
import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionSettings, TlsSettings } from '../../../config/connection-settings.js'
import type { Clock } from '../../../model/clock.js'
import { printable } from '../../../model/printable.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { authenticatorOf } from '../sasl/authenticator-of.js'
import type { Authenticator } from '../sasl/sasl-exchange.js'
import { addressName } from '../network/address-name.js'
import { ofUser } from '../network/authenticate.js'
import { WireError } from '../network/wire-error.js'
import { withTimeout } from '../with-timeout.js'

/**
 * How a kafkajs client reaches the cluster of these settings. TLS and SASL are those of our own connections: the mechanisms run
 * in our code, over kafkajs's requests.
 */
export const kafkajsConfig = (settings: ConnectionSettings, clock: Clock, secrets: KnownSecrets): KafkaConfig => {
  const { brokers, sasl, connectionTimeoutMs } = settings
  const authenticator = sasl === null ? null : authenticatorOf(sasl, clock, connectionTimeoutMs, secrets)
  // kafkajs takes the text before the first colon as the host, so an IPv6 address gets a substitute name.
  const named = brokers.map(({ host, port }, index) => ({
    host,
    port,
    alias: host.includes(':') ? `ipv6-${String(index)}` : host
  }))
  const hosts = new Map(named.map(({ alias, host }) => [alias, host]))
  return {
    brokers: named.map(({ alias, port }) => `${alias}:${String(port)}`),
    clientId: settings.clientId,
    connectionTimeout: connectionTimeoutMs,
    authenticationTimeout: connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    socketFactory: socketFactory(settings.tls, hosts),
    // kafkajs retries temporary failures; the deadline of the call ends that.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    // No log: faults contain the same information.
    logCreator: () => () => undefined,
    ...(authenticator === null ? {} : { sasl: mechanismOf(authenticator, clock, connectionTimeoutMs) })
  }
}

const socketFactory =
  (tls: TlsSettings | null, hosts: ReadonlyMap<string, string>): ISocketFactory =>
  ({ host: alias, port, onConnect }) => {
    const host = hosts.get(alias) ?? alias
    if (tls === null) return connect({ host, port, keepAlive: true }, onConnect)
    const { ca, cert, key, passphrase, serverName, verify } = tls
    const name = serverName ?? (isIP(host) === 0 ? host : null)
    return connectTls(
      {
        host,
        port,
        ...(name === null ? {} : { servername: name }),
        ...(ca === null ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
        ...(cert === null ? {} : { cert }),
        ...(key === null ? {} : { key: key.reveal() }),
        ...(passphrase === null ? {} : { passphrase: passphrase.reveal() }),
        rejectUnauthorized: verify
      },
      onConnect
    )
  }

/**
 * Our side of an exchange, over kafkajs's requests. Its messages are prefixed with their length, as before SaslAuthenticate.
 */
const mechanismOf = (authenticator: Authenticator, clock: Clock, limitMs: number): NonNullable<KafkaConfig['sasl']> => {
  const { mechanism } = authenticator
  return {
    mechanism,
    authenticationProvider: ({ host, port, saslAuthenticate }: AuthenticationProviderArgs): KafkajsAuthenticator => ({
      authenticate: async () => {
        const broker = addressName({ host, port })
        const refusal = (reason: string): WireError =>
          new WireError({ _tag: 'AuthenticationFault', broker, reason: printable(authenticator.hide(reason)) })
        const ofProvider = <A>(run: () => A | Promise<A>): Promise<A> =>
          ofUser(authenticator, { host, port }, () => withTimeout(clock, limitMs, mechanism, run))
        const send = async (message: Uint8Array): Promise<Buffer> => {
          const length = Buffer.alloc(4)
          length.writeInt32BE(message.length)
          const response = { decode: (raw: Buffer) => Promise.resolve(raw.subarray(4)), parse: (raw: Buffer) => raw }
          const request = { encode: () => Buffer.concat([length, message]) }
          try {
            return (await saslAuthenticate({ request, response })) ?? Buffer.alloc(0)
          } catch (error) {
            const { type, message } = error as { readonly type?: string; readonly message: string }
            throw type === 'SASL_AUTHENTICATION_FAILED' ? refusal(message) : error
          }
        }
        const exchange = await ofProvider(() => authenticator.begin({ host, port }))
        for (let message = exchange.first; ;) {
          const challenge = await send(message)
          const step = await ofProvider(() => exchange.next(challenge))
          if (step._tag === 'done') return
          if (step._tag === 'refused') throw refusal(step.reason)
          message = step.message
        }
      }
    })
  }
}
