import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export type ScramHash = 'sha256' | 'sha512'

/** The salt and iterations for the password, as sent by the broker. */
export interface ScramSalt {
  readonly salt: Buffer
  readonly iterations: number
}

/** The minimum that Kafka stores and Java's client accepts. */
const fewestIterations = 4_096
/** Protects against a broker that requests 2^31, which would keep a thread busy for half an hour. Kafka's default is 4096. */
const mostIterations = 1_000_000

/**
 * The client of SCRAM (RFC 5802, RFC 7677) without channel binding, one message after another. A left says why the broker is
 * not trusted. Names and passwords are UTF-8 without SASLprep, as Kafka stores them.
 */
export class ScramClient {
  private readonly hash: ScramHash
  private readonly nonce: string
  private readonly bare: string
  /** The messages that both sides sign, after the broker's first message. */
  private signed = ''
  private serverNonce = ''
  private expected: Buffer = Buffer.alloc(0)

  constructor(hash: ScramHash, username: string, nonce: string) {
    this.hash = hash
    this.nonce = nonce
    this.bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  }

  first(): string {
    return `n,,${this.bare}`
  }

  /** The broker's first message: salt and iterations. */
  challenged(message: string): Either<string, ScramSalt> {
    const fields = fieldsOf(message)
    const refused = fields.get('e')
    if (refused !== undefined) return left(refused)
    // A mandatory extension (RFC 5802, 5.1); none is supported.
    if (fields.has('m')) return left('it requires an unknown extension of SCRAM')
    const nonce = fields.get('r') ?? ''
    if (!nonce.startsWith(this.nonce) || nonce.length === this.nonce.length)
      return left('its nonce does not continue ours')
    const salt = Buffer.from(fields.get('s') ?? '', 'base64')
    if (salt.length === 0) return left('it sends no salt')
    const count = fields.get('i') ?? ''
    const iterations = /^\d{1,10}$/.test(count) ? Number(count) : NaN
    if (Number.isNaN(iterations)) return left('its number of iterations is invalid')
    if (iterations < fewestIterations)
      return left(`it requests ${count} iterations, fewer than the minimum of ${String(fewestIterations)}`)
    if (iterations > mostIterations)
      return left(`it requests ${count} iterations, more than the maximum of ${String(mostIterations)}`)
    this.serverNonce = nonce
    this.signed = `${this.bare},${message},c=biws,r=${nonce}`
    return right({ salt, iterations })
  }

  /** The last message: proves knowledge of the password. */
  proof(saltedPassword: Buffer): string {
    const clientKey = this.hmac(saltedPassword, 'Client Key')
    const storedKey = createHash(this.hash).update(clientKey).digest()
    const signature = this.hmac(storedKey, this.signed)
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
    this.expected = this.hmac(this.hmac(saltedPassword, 'Server Key'), this.signed)
    return `c=biws,r=${this.serverNonce},p=${proof.toString('base64')}`
  }

  /** The broker's last message has to prove the same. */
  verified(message: string): Either<string, null> {
    const fields = fieldsOf(message)
    const refused = fields.get('e')
    if (refused !== undefined) return left(refused)
    const signature = Buffer.from(fields.get('v') ?? '', 'base64')
    const proven = signature.length === this.expected.length && timingSafeEqual(signature, this.expected)
    return proven ? right(null) : left('its signature is wrong: it does not know the password')
  }

  private hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.hash, key).update(text).digest()
  }
}

/** `r=…,s=…,i=…`: a value may contain `=`, but no comma. */
const fieldsOf = (message: string): ReadonlyMap<string, string> =>
  new Map(message.split(',').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]))
