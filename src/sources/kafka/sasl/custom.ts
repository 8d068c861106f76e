import type { SaslMechanism } from '../../../config/sasl.js'
import type { KnownSecrets } from './known-secrets.js'
import { type Authenticator, exchangeDone } from './sasl-exchange.js'

/** The user's own mechanism. */
export const custom = ({ name, authenticate }: SaslMechanism, secrets: KnownSecrets): Authenticator => ({
  mechanism: name,
  hide: (text) => secrets.hide(text),
  begin: async (broker) => {
    const respond = authenticate(broker)
    const answer = async (challenge: Uint8Array | null): Promise<Uint8Array | null> => {
      const message = await respond(challenge)
      if (message !== null) secrets.addMessage(message)
      return message
    }
    const first = await answer(null)
    if (first === null) throw new Error(`the mechanism ${name} has no first message`)
    return {
      first,
      next: async (challenge) => {
        const message = await answer(challenge)
        return message === null ? exchangeDone : { _tag: 'send', message }
      }
    }
  }
})
