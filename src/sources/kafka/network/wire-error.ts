import type { Fault } from '../../../model/fault.js'
import { printable } from '../../../model/printable.js'

/** A fault on its way out of a promise. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly fault: Fault
  /** False if the request certainly never left. */
  readonly sent: boolean

  constructor(fault: Fault, sent = true) {
    super(fault._tag)
    this.fault = fault
    this.sent = sent
  }
}

/** Codes of Node's TLS that say that the certificate is not to be trusted: trying again does not change it. */
const untrusted =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL_X509)/
/** Alerts by which a broker refuses our certificate, or that there is none: trying again does not change that either. */
const notTrusted =
  /^ERR_SSL_\w+_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/
/** Codes that say that one side speaks TLS and the other does not. */
const mismatched = /^(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_)/

/** What kafkajs or Node threw, as a fault: by the kind of the innermost error, never by kafkajs's `retriable`. */
export const faultOf = (thrown: unknown, broker: string): Fault => {
  const chain = causes(thrown)
  const ours = chain.find((error) => error instanceof WireError)
  if (ours !== undefined) return ours.fault
  const reason = printable(chain.at(-1)?.message ?? String(thrown))
  const codes = chain.map((error) => ('code' in error ? String(error.code) : ''))
  if (codes.some((code) => untrusted.test(code))) return { _tag: 'AuthenticationFault', broker, reason }
  if (codes.some((code) => notTrusted.test(code))) {
    const [alert = reason] = /alert [a-z ]+/.exec(reason) ?? []
    return { _tag: 'AuthenticationFault', broker, reason: `the broker ended the TLS handshake: ${alert}` }
  }
  if (codes.some((code) => mismatched.test(code))) return { _tag: 'FrameFault', broker, reason }
  if (chain.some(({ name }) => name === 'KafkaJSSASLAuthenticationError'))
    return { _tag: 'AuthenticationFault', broker, reason }
  return { _tag: 'ConnectionFault', broker, reason }
}

const causes = (thrown: unknown): readonly Error[] => {
  const chain: Error[] = []
  for (let error = thrown; error instanceof Error && chain.length < 10; error = innerOf(error)) chain.push(error)
  return chain
}

const innerOf = (error: Error): unknown => error.cause ?? ('originalError' in error ? error.originalError : undefined)
