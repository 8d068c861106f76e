import type { SaslSettings } from '../../../config/sasl.js'
import type { Clock } from '../../../model/clock.js'
import { custom } from './custom.js'
import type { KnownSecrets } from './known-secrets.js'
import { oauthBearer } from './oauth-bearer.js'
import { plain } from './plain.js'
import type { Authenticator } from './sasl-exchange.js'
import { scram } from './scram.js'
import { TokenSource } from './token-source.js'

/**
 * The SASL mechanism of one client's connections. Each call of the user's own functions has `limitMs`. All credentials are
 * added to `secrets`.
 */
export const authenticatorOf = (
  sasl: SaslSettings,
  clock: Clock,
  limitMs: number,
  secrets: KnownSecrets
): Authenticator => {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return plain(sasl.username, sasl.password, secrets)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return scram(sasl.mechanism, sasl.username, sasl.password, secrets)
    case 'OAUTHBEARER':
      return oauthBearer(new TokenSource(sasl.token, clock, limitMs), secrets)
    case 'custom':
      return custom(sasl.custom, secrets)
  }
}
