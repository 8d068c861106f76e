import type { Secret } from '../../../model/secret.js'
import { type Authenticator, done } from './sasl-exchange.js'

/** PLAIN (RFC 4616): one message, whose answer ends the exchange. */
export const plain = (username: string, password: Secret): Authenticator => ({
  mechanism: 'PLAIN',
  begin: () => ({ first: Buffer.from(`\0${username}\0${password.reveal()}`), next: () => done }),
  secrets: () => [password.reveal()]
})
