import type { SaslMechanism } from '../../../config/sasl.js'
import { type Authenticator, done } from './sasl-exchange.js'

/** A mechanism of the user's own. */
export const custom = ({ name, authenticate }: SaslMechanism): Authenticator => ({
  mechanism: name,
  begin: async (broker) => {
    const respond = authenticate(broker)
    const first = await respond(null)
    if (first === null) throw new Error(`the mechanism ${name} has no first message`)
    return {
      first,
      next: async (challenge) => {
        const message = await respond(challenge)
        return message === null ? done : { _tag: 'send', message }
      }
    }
  }
})
