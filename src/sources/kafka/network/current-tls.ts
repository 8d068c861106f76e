import type { ClientCertificate } from '../../../config/kafka-properties.js'
import type { TlsSettings } from '../../../config/connection-settings.js'
import type { Clock } from '../../../model/clock.js'
import { describeProblem } from '../../../model/describe-fault.js'
import { printableValue, reasonOf } from '../../../model/printable.js'
import { Secret } from '../../../model/secret.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { tlsProblems } from '../tls-problems.js'
import { withTimeout } from '../with-timeout.js'

const provider = 'ssl.certificate.provider'

/** The TLS settings of the next connection, with the certificate from the user's function. */
export const currentTls = async (
  tls: TlsSettings | null,
  clock: Clock,
  limitMs: number,
  secrets: KnownSecrets
): Promise<TlsSettings | null> => {
  if (tls === null || tls.provider === null) return tls
  const { provider: provide } = tls
  const provided = await withTimeout(clock, limitMs, provider, provide).catch((error: unknown) => {
    throw new Error(reasonOf(error, (text) => secrets.hide(text)))
  })
  const { certificate, key, password } = checked(provided)
  for (const text of [key, password]) if (text !== undefined) secrets.add(hidden(text).reveal())
  const current = {
    ...tls,
    provider: null,
    cert: certificate,
    key: hidden(key),
    passphrase: password === undefined ? null : hidden(password)
  }
  const problems = tlsProblems(current, clock.wallTime())
  if (problems.length > 0) throw new Error(`${provider}: ${problems.map(describeProblem).join('; ')}`)
  return current
}

/** Checks the result of an untyped function. Faults never contain what it returned, since that may be the key. */
const checked = (given: unknown): ClientCertificate => {
  const { certificate, key, password } = (typeof given === 'object' && given !== null ? given : {}) as Partial<
    Record<keyof ClientCertificate, unknown>
  >
  const isSecret = (value: unknown): value is string | Secret => typeof value === 'string' || value instanceof Secret
  if (typeof certificate !== 'string' || !isSecret(key) || !(password === undefined || isSecret(password)))
    throw new Error(
      `${provider} returned ${given === null ? printableValue(given) : `a value of type ${typeof given}`}, allowed is { certificate, key, password? } as PEM texts`
    )
  return { certificate, key, ...(password === undefined ? {} : { password }) }
}

const hidden = (text: string | Secret): Secret => (text instanceof Secret ? text : new Secret(text))
