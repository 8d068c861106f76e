import { describedApi } from './described-api.js'
import { bytes, int16, int64, nullable, string } from './message.js'

export interface SaslAuthenticated {
  readonly code: number
  readonly message: string | null
  readonly challenge: Buffer
  /** How long the session lasts from now on; 0: as long as the connection. */
  readonly sessionMs: number
}

/** One message of a SASL exchange. Version 1 is the first with the session's length (KIP-368, Kafka 2.2). */
export const saslAuthenticate = describedApi({
  name: 'SaslAuthenticate',
  key: 36,
  versions: '0-2',
  flexibleFrom: 2,
  request: { authBytes: bytes('0+') },
  response: {
    errorCode: int16('0+'),
    errorMessage: nullable(string('0+')),
    authBytes: bytes('0+'),
    sessionLifetimeMs: int64('1+')
  },
  toMessage: (authBytes: Uint8Array) => ({ authBytes }),
  fromMessage: ({ errorCode, errorMessage, authBytes, sessionLifetimeMs }): SaslAuthenticated => ({
    code: errorCode,
    message: errorMessage,
    challenge: Buffer.from(authBytes.buffer, authBytes.byteOffset, authBytes.byteLength),
    sessionMs: Number(sessionLifetimeMs)
  })
})
