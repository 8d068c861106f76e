import type { OAuthToken } from '../../../config/sasl.js'

/** Why a token cannot be sent; null if it can. With a separator byte it could add fields of its own. */
export const invalidToken = (token: unknown): string | null => {
  if (typeof token !== 'object' || token === null) return 'it returned no token'
  const { value, expiresAt, extensions = {} } = token as { readonly [K in keyof OAuthToken]: unknown }
  // RFC 6750, 2.1
  if (typeof value !== 'string' || !/^[A-Za-z0-9._~+/-]+=*$/.test(value)) return 'its value is not a bearer token'
  if (expiresAt !== undefined && typeof expiresAt !== 'number') return 'its expiresAt is not a number'
  if (typeof extensions !== 'object' || extensions === null) return 'its extensions are not an object'
  const refused = Object.entries(extensions).find(
    // KIP-342: names consist of letters, and `auth` is reserved for the token.
    ([key, text]) => !/^[A-Za-z]+$/.test(key) || key === 'auth' || !/^[\x20-\x7e\t\r\n]+$/.test(String(text))
  )
  return refused === undefined ? null : `its extension ${refused[0]} is not allowed`
}
