import type { Secret } from '../model/secret.js'

/** The broker to authenticate to. */
export interface SaslBroker {
  readonly host: string
  readonly port: number
}

/** The result of `sasl.oauthbearer.token`. */
export interface OAuthToken {
  readonly value: string
  /**
   * When it expires, ms since 1970. With it all connections share a token for four fifths of its lifetime; without it
   * the function is called for each authentication.
   */
  readonly expiresAt?: number
  /** SASL extensions of KIP-342, e.g. `logicalCluster` */
  readonly extensions?: Readonly<Record<string, string>>
}

/**
 * A SASL mechanism of your own, such as AWS MSK IAM.
 *
 * - `name` is the mechanism as the broker lists it in `sasl.enabled.mechanisms`.
 * - `authenticate` begins one exchange. It is called for each connection, and again when the broker ends a session.
 * - The function it returns is called with `null` for the first message, then with each message of the broker. It
 *   returns the next message, or `null` when the exchange has ended.
 * - Each call has `socket.connection.setup.timeout.ms`. A call that throws, rejects or takes longer fails the
 *   connection, which is then retried. Throw a `ConsumerError` with an `AuthenticationFault` to end the consumer
 *   instead.
 *
 * @example
 * const iam: SaslMechanism = {
 *   name: 'AWS_MSK_IAM',
 *   authenticate: ({ host }) => async (challenge) => (challenge === null ? await signedPayload(host) : null)
 * }
 */
export interface SaslMechanism {
  readonly name: string
  readonly authenticate: (broker: SaslBroker) => SaslResponder
}

/** The client's side of one exchange: the broker's message in, the next message out. */
export type SaslResponder = (challenge: Uint8Array | null) => Uint8Array | null | Promise<Uint8Array | null>

/** How to authenticate, after decoding. */
export type SaslSettings =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: string
      readonly password: Secret
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: () => Promise<OAuthToken> }
  | { readonly mechanism: 'custom'; readonly custom: SaslMechanism }
