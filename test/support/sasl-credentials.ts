import type { OAuthToken } from '../../src/kafka.js'

/** Who may connect to the SASL brokers of the tests. */
export const user = 'alice'
export const password = 'wonderland-7391'

/** A token without a signature, as Kafka's handlers for tests take them. */
export const unsecured = (lifeMs: number, name = user): OAuthToken => {
  const now = Date.now()
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url')
  const claims = { sub: name, iat: now / 1_000, exp: (now + lifeMs) / 1_000 }
  return { value: `${part({ alg: 'none' })}.${part(claims)}.`, expiresAt: now + lifeMs }
}

const byPassword = { 'sasl.username': user, 'sasl.password': password }
export const credentials = {
  PLAIN: { 'sasl.mechanism': 'PLAIN', ...byPassword },
  'SCRAM-SHA-256': { 'sasl.mechanism': 'SCRAM-SHA-256', ...byPassword },
  'SCRAM-SHA-512': { 'sasl.mechanism': 'SCRAM-SHA-512', ...byPassword },
  OAUTHBEARER: {
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.oauthbearer.token': () => Promise.resolve(unsecured(3_600_000))
  }
} as const
