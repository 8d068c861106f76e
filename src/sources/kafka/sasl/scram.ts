import { isLeft } from 'fp-ts/lib/Either.js'
import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '../../../model/secret.js'
import type { KnownSecrets } from './known-secrets.js'
import { type Authenticator, exchangeDone } from './sasl-exchange.js'
import { ScramClient, type ScramSalt } from './scram-client.js'

const hashes = {
  'SCRAM-SHA-256': { hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { hash: 'sha512', bytes: 64 }
} as const

/** On a thread of Node's pool: a million iterations take half a second, while heartbeats continue. */
const derive = promisify(pbkdf2)

/**
 * SCRAM-SHA-256 and SCRAM-SHA-512: the client proves the password without sending it, and the broker has to prove that it knows
 * it.
 */
export const scram = (
  mechanism: keyof typeof hashes,
  username: string,
  password: Secret,
  secrets: KnownSecrets
): Authenticator => {
  const { hash, bytes } = hashes[mechanism]
  return {
    mechanism,
    hide: (text) => secrets.hide(text),
    begin: () => {
      secrets.add(password.reveal())
      const client = new ScramClient(hash, username, randomBytes(24).toString('base64url'))
      const answer = async ({ salt, iterations }: ScramSalt): Promise<Buffer> =>
        Buffer.from(client.proof(await derive(password.reveal(), salt, iterations, bytes, hash)))
      let proven = false
      return {
        first: Buffer.from(client.first()),
        next: async (challenge) => {
          const message = Buffer.from(challenge).toString()
          if (proven) {
            const verified = client.verified(message)
            return isLeft(verified) ? { _tag: 'refused', reason: verified.left } : exchangeDone
          }
          const challenged = client.challenged(message)
          if (isLeft(challenged)) return { _tag: 'refused', reason: challenged.left }
          proven = true
          return { _tag: 'send', message: await answer(challenged.right) }
        }
      }
    }
  }
}
