import type { Secret } from '../../../model/secret.js'
import type { KnownSecrets } from './known-secrets.js'
import { type Authenticator, exchangeDone } from './sasl-exchange.js'

/** PLAIN (RFC 4616): one message, whose answer ends the exchange. */
export const plain = (username: string, password: Secret, secrets: KnownSecrets): Authenticator => ({
  mechanism: 'PLAIN',
  begin: () => {
    secrets.add(password.reveal())
    return { first: Buffer.from(`\0${username}\0${password.reveal()}`), next: () => exchangeDone }
  },
  hide: (text) => secrets.hide(text)
})
