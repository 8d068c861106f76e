import type { SaslBroker } from '../../../config/sasl.js'

/** What the client does after a message of the broker. */
export type SaslStep =
  | { readonly _tag: 'send'; readonly message: Uint8Array }
  /** The client is satisfied. The broker has said so too: its answer carried no error. */
  | { readonly _tag: 'done' }
  /** The broker did not prove who it is, or refused in the mechanism's own words. Trying again does not change it. */
  | { readonly _tag: 'refused'; readonly reason: string }

/** One run of a mechanism: messages in, messages out. It knows neither connections nor time. */
export interface SaslExchange {
  readonly first: Uint8Array
  readonly next: (challenge: Uint8Array) => SaslStep | Promise<SaslStep>
  /**
   * The broker refused its credentials. False if they had ended meanwhile, so that the next exchange has others; a refusal is
   * final otherwise.
   */
  readonly refused?: () => boolean
}

/** A mechanism with its credentials. */
export interface Authenticator {
  /** as in `sasl.enabled.mechanisms` */
  readonly mechanism: string
  /** Prepares an exchange. What takes long, such as asking for a token, happens here: before the first message is sent. */
  readonly begin: (broker: SaslBroker) => SaslExchange | Promise<SaslExchange>
  /** A text of the broker, or of a function of the user's, without the secrets that it may repeat. */
  readonly hide: (text: string) => string
}

export const exchangeDone: SaslStep = { _tag: 'done' }
