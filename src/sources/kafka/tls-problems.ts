import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { TlsSettings } from '../../config/connection-settings.js'
import type { ConfigProblem } from '../../model/fault.js'
import { reasonOf } from '../../model/printable.js'

const certificates = 'ssl.certificate.pem'
const privateKey = 'ssl.key.pem'

/**
 * What is wrong with certificates and keys. Node silently trusts nobody if a CA is not a certificate, and checks a key only
 * when it connects, again and again, as if the network were the cause.
 *
 * @param now milliseconds since 1970
 */
export const tlsProblems = (tls: TlsSettings, now: number): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  const { ca, cert, key } = tls
  if (typeof ca === 'string') problems.push(...authorityProblems('ssl.ca.pem', ca))
  else if (ca !== null)
    problems.push(...ca.flatMap((pem, index) => authorityProblems(`ssl.ca.pem[${String(index)}]`, pem)))
  const chain = cert === null ? null : chainOf(certificates, cert, problems)
  const own = key === null ? null : keyOf(tls, problems)
  const leaf = chain?.[0]
  if (leaf !== undefined) {
    if (Date.parse(leaf.validTo) < now)
      problems.push({
        property: certificates,
        given: `a certificate that was valid until ${leaf.validTo}`,
        allowed: 'one that is still valid'
      })
    if (own !== null && !leaf.checkPrivateKey(own))
      problems.push({
        property: privateKey,
        given: '[redacted]',
        allowed: 'the key of the first certificate in ssl.certificate.pem'
      })
  }
  if (problems.length === 0) problems.push(...unusable(tls))
  return problems
}

const authorityProblems = (property: string, pem: string): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = []
  chainOf(property, pem, problems)
  return problems
}

/** The certificates of a PEM text in order; null, with a problem, if it is invalid. */
const chainOf = (property: string, pem: string, problems: ConfigProblem[]): readonly X509Certificate[] | null => {
  const begun = pem.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g)?.length ?? 0
  const blocks = pem.match(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[A-Za-z0-9+/=\s]*-----END \1-----/g) ?? []
  const allowed = 'certificates as a PEM text: the content of the file, not its name'
  if (begun === 0) {
    problems.push({ property, given: shownPem(pem), allowed })
    return null
  }
  try {
    if (blocks.length < begun) throw new Error('it is cut off or damaged')
    return blocks.map((block) => new X509Certificate(block))
  } catch (error) {
    problems.push({ property, given: `${shownPem(pem)} that cannot be read (${reasonOf(error)})`, allowed })
    return null
  }
}

/** The private key; null, with a problem, if it cannot be read. */
const keyOf = ({ key, passphrase }: TlsSettings, problems: ConfigProblem[]): KeyObject | null => {
  const pem = key?.reveal() ?? ''
  try {
    return createPrivateKey({ key: pem, ...(passphrase === null ? {} : { passphrase: passphrase.reveal() }) })
  } catch {
    const given = '[redacted]'
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
      problems.push({
        property: privateKey,
        given,
        allowed: 'a private key as a PEM text: the content of the file, not its name'
      })
    else if (!pem.includes('ENCRYPTED'))
      problems.push({
        property: privateKey,
        given,
        allowed: 'a private key that can be read: this one is cut off or damaged'
      })
    else if (passphrase === null)
      problems.push({
        property: 'ssl.key.password',
        given: 'left out',
        allowed: 'the password of ssl.key.pem, which is encrypted'
      })
    else
      problems.push({ property: 'ssl.key.password', given, allowed: 'the password that ssl.key.pem is encrypted with' })
    return null
  }
}

/** Problems that only OpenSSL knows, such as a key that is too small for its security level. */
const unusable = ({ ca, cert, key, passphrase }: TlsSettings): readonly ConfigProblem[] => {
  try {
    createSecureContext({
      ...(ca === null ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key: key.reveal() }),
      ...(passphrase === null ? {} : { passphrase: passphrase.reveal() })
    })
    return []
  } catch (error) {
    const property = cert === null ? 'ssl.ca.pem' : certificates
    return [{ property, given: `a PEM text that OpenSSL refuses (${reasonOf(error)})`, allowed: 'one that it accepts' }]
  }
}

/** The kind of a PEM text, by its header: a key may have been passed as a certificate. */
const shownPem = (pem: string): string => {
  const [, label] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem) ?? []
  return label === undefined ? `a text of ${String(pem.length)} characters that is not PEM` : `a PEM text (${label})`
}
