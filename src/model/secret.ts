import { ConsumerError } from './consumer-error.js'

/**
 * A text that is never shown: printed, logged or converted to JSON it is `[redacted]`. `secret` makes one.
 *
 * @example
 * const password = secret('wonderland')
 * JSON.stringify({ password }) // {"password":"[redacted]"}
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The text itself: pass it on, do not keep it. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return redacted
  }
  toJSON(): string {
    return redacted
  }
  [Symbol.toPrimitive](): string {
    return redacted
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return redacted
  }
}

const redacted = '[redacted]'

/**
 * Wraps a password or a key so that it cannot be printed by accident.
 *
 * @example
 * kafka({ 'bootstrap.servers': 'broker:9093', 'sasl.password': secret(process.env.KAFKA_PASSWORD ?? '') })
 */
export const secret = (value: string): Secret => {
  if (typeof value === 'string') return new Secret(value)
  // Any value may hold the secret.
  const given = (value as unknown) === undefined ? 'left out' : redacted
  throw new ConsumerError({ _tag: 'ConfigFault', problems: [{ property: 'secret: value', given, allowed: 'a text' }] })
}
