import type { OAuthToken } from '../../../config/sasl.js'
import type { Clock } from '../../../model/clock.js'
import { secret } from '../../../model/secret.js'
import { authenticatorOf } from '../sasl/authenticator-of.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import type { Authenticator, SaslExchange, SaslStep } from '../sasl/sasl-exchange.js'
import type { KafkajsConnection, KafkajsSasl } from './kafkajs-instance.js'

/**
 * The instance's SASL as a mechanism of our connections. For Kafka's own mechanisms our implementation uses the instance's
 * current credentials; an `authenticationProvider` is called, and its messages go over our requests.
 */
export const kafkajsAuthenticator = (
  { sasl, logger }: KafkajsConnection,
  clock: Clock,
  limitMs: number,
  secrets: KnownSecrets
): Authenticator | null => {
  if (sasl === null || sasl === undefined) return null
  const mechanism = sasl.mechanism.toUpperCase()
  const { authenticationProvider: provider } = sasl
  // kafkajs stores its own providers there once it has used them, beside the credentials that they need.
  const isOwn = (sasl.username ?? sasl.oauthBearerProvider ?? sasl.accessKeyId) === undefined
  if (isProvider(provider) && isOwn) return provided(mechanism, provider, logger, secrets)
  const { username = '', password = '' } = sasl
  switch (mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return authenticatorOf({ mechanism, username, password: secret(password) }, clock, limitMs, secrets)
    case 'OAUTHBEARER':
      return authenticatorOf({ mechanism, token: () => tokenOf(sasl) }, clock, limitMs, secrets)
    case 'AWS':
      for (const part of [sasl.secretAccessKey, sasl.sessionToken]) secrets.add(part ?? '')
      return authenticatorOf(
        {
          mechanism: 'custom',
          custom: { name: mechanism, authenticate: () => (challenge) => (challenge === null ? awsMessage(sasl) : null) }
        },
        clock,
        limitMs,
        secrets
      )
    default:
      throw new Error(`the kafkajs instance has no authenticationProvider for the mechanism ${mechanism}`)
  }
}

const tokenOf = async ({ oauthBearerProvider }: KafkajsSasl): Promise<OAuthToken> => {
  if (oauthBearerProvider === undefined) throw new Error('the kafkajs instance has no oauthBearerProvider')
  return oauthBearerProvider()
}

const awsMessage = (sasl: KafkajsSasl): Uint8Array =>
  Buffer.from(
    [sasl.authorizationIdentity, sasl.accessKeyId, sasl.secretAccessKey, sasl.sessionToken]
      .map((part) => part ?? '')
      .join('\0')
  )

/** The part of kafkajs's `AuthenticationProviderArgs` that is provided here. */
interface ProviderArguments {
  readonly host: string
  readonly port: number
  readonly logger: object
  readonly saslAuthenticate: (exchange: {
    readonly request: { readonly encode: () => Buffer | Promise<Buffer> }
    readonly response?: {
      readonly decode: (raw: Buffer) => Buffer | Promise<Buffer>
      readonly parse: (data: Buffer) => unknown
    }
  }) => Promise<unknown>
}

type Provider = (args: ProviderArguments) => { readonly authenticate: () => Promise<unknown> }

const isProvider = (provider: unknown): provider is Provider => typeof provider === 'function'

/** kafkajs's messages are prefixed with their length. */
const lengthBytes = 4

const withLength = (message: Uint8Array): Buffer => {
  const length = Buffer.alloc(lengthBytes)
  length.writeInt32BE(message.length)
  return Buffer.concat([length, message])
}

/**
 * A provider sends a message and waits for the answer; an exchange returns its next message. This adapts one to the other.
 */
const provided = (mechanism: string, provider: Provider, logger: object, secrets: KnownSecrets): Authenticator => ({
  mechanism,
  hide: (text) => secrets.hide(text),
  begin: async ({ host, port }): Promise<SaslExchange> => {
    let answer: (challenge: Uint8Array) => void = () => undefined
    let arrived: (step: SaslStep | Promise<never>) => void = () => undefined
    const nextStep = (): Promise<SaslStep> =>
      new Promise((resolve) => {
        arrived = resolve
      })
    const saslAuthenticate: ProviderArguments['saslAuthenticate'] = async ({ request, response }) => {
      const message = (await request.encode()).subarray(lengthBytes)
      secrets.addMessage(message)
      const challenge = await new Promise<Uint8Array>((resolve) => {
        answer = resolve
        arrived({ _tag: 'send', message })
      })
      return response?.parse(await response.decode(withLength(challenge)))
    }
    const first = nextStep()
    const run = async (): Promise<unknown> => provider({ host, port, logger, saslAuthenticate }).authenticate()
    run().then(
      () => {
        arrived({ _tag: 'done' })
      },
      (error: unknown) => {
        arrived(Promise.reject(error instanceof Error ? error : new Error(String(error))))
      }
    )
    const step = await first
    if (step._tag !== 'send') throw new Error(`the authenticationProvider of ${mechanism} sent nothing`)
    return {
      first: step.message,
      next: (challenge) => {
        const next = nextStep()
        answer(challenge)
        return next
      }
    }
  }
})
