import type { Api } from './api.js'

/** Names the mechanism. The answer lists those that the broker takes. */
export const saslHandshakeV1: Api<string, { readonly code: number; readonly mechanisms: readonly string[] }> = {
  name: 'SaslHandshake',
  key: 17,
  version: 1,
  write: (writer, mechanism) => {
    writer.string(mechanism)
  },
  read: (reader) => ({
    throttleMs: 0,
    value: { code: reader.int16(), mechanisms: reader.array(() => reader.string()) }
  })
}

export interface SaslAuthenticated {
  readonly code: number
  readonly message: string | null
  readonly challenge: Buffer
  /** How long the session lasts from now on; 0: until the connection ends. */
  readonly sessionMs: number
}

/** Brokers before 2.2 know no sessions. */
const saslAuthenticateV0: Api<Uint8Array, SaslAuthenticated> = {
  name: 'SaslAuthenticate',
  key: 36,
  version: 0,
  write: (writer, message) => {
    writer.bytes(message)
  },
  read: (reader) => ({
    throttleMs: 0,
    value: {
      code: reader.int16(),
      message: reader.nullableString(),
      challenge: reader.nullableBytes() ?? Buffer.alloc(0),
      sessionMs: 0
    }
  })
}

/** Version 1: with the session's length (KIP-368). */
export const saslAuthenticateV1: Api<Uint8Array, SaslAuthenticated> = {
  ...saslAuthenticateV0,
  version: 1,
  older: saslAuthenticateV0,
  read: (reader) => {
    const { throttleMs, value } = saslAuthenticateV0.read(reader)
    return { throttleMs, value: { ...value, sessionMs: Number(reader.int64()) } }
  }
}
