import type { SaslBroker } from '../../../config/sasl.js'

/** What the client does after a message of the broker. */
export type SaslStep =
  | { readonly _tag: 'send'; readonly message: Uint8Array }
  /** The client is satisfied, and so is the broker: its answer had no error. */
  | { readonly _tag: 'done' }
  /** The broker did not prove its identity, or refused within the mechanism. A retry does not help. */
  | { readonly _tag: 'refused'; readonly reason: string }

/** One run of a mechanism: messages in, messages out, without connections or time. */
export interface SaslExchange {
  readonly first: Uint8Array
  readonly next: (challenge: Uint8Array) => SaslStep | Promise<SaslStep>
  /**
   * The broker refused the credentials. Returns false if they had expired meanwhile, so that the next exchange has others;
   * otherwise the refusal is final.
   */
  readonly refused?: () => boolean
}

/** A mechanism with its credentials. */
export interface Authenticator {
  /** as in `sasl.enabled.mechanisms` */
  readonly mechanism: string
  /** Prepares an exchange. Whatever takes long, such as requesting a token, happens here, before the first message is sent. */
  readonly begin: (broker: SaslBroker) => SaslExchange | Promise<SaslExchange>
  /** The text of a broker or of the user's function, without secrets that it may repeat. */
  readonly hide: (text: string) => string
}

export const exchangeDone: SaslStep = { _tag: 'done' }
