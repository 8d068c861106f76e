import type { OAuthToken } from '../../../config/sasl.js'
import type { KnownSecrets } from './known-secrets.js'
import { type Authenticator, exchangeDone, type SaslExchange } from './sasl-exchange.js'
import type { TokenSource } from './token-source.js'

/** OAUTHBEARER (RFC 7628, KIP-255): a token, and the broker's answer to it. */
export const oauthBearer = (tokens: TokenSource, secrets: KnownSecrets): Authenticator => ({
  mechanism: 'OAUTHBEARER',
  begin: async () => {
    const token = await tokens.token()
    // Used now, even if the source has kept it for long.
    secrets.add(token.value)
    return { ...oauthExchange(token), refused: () => tokens.refused(token) }
  },
  hide: (text) => secrets.hide(text)
})

/** One exchange with a valid token (`invalidToken`). */
export const oauthExchange = ({ value, extensions }: OAuthToken): SaslExchange => {
  const pairs = Object.entries(extensions ?? {}).map(([key, text]) => `\u0001${key}=${text}`)
  let message = ''
  return {
    first: Buffer.from(`n,,\u0001auth=Bearer ${value}${pairs.join('')}\u0001\u0001`),
    next: (challenge) => {
      if (message !== '') return { _tag: 'refused', reason: message }
      if (challenge.length === 0) return exchangeDone
      // RFC 7628, 3.2.3: the broker sends the reason as JSON, and refuses after this byte acknowledges it.
      message = Buffer.from(challenge).toString()
      return { _tag: 'send', message: Buffer.from('\u0001') }
    }
  }
}
