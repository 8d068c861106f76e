import type { Fault } from '../../../model/fault.js'
import { printable } from '../../../model/printable.js'

/** A fault as the reason of a rejected promise. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly fault: Fault
  /** False if the request was certainly not sent. */
  readonly sent: boolean

  constructor(fault: Fault, sent = true) {
    super(fault._tag)
    this.fault = fault
    this.sent = sent
  }
}

/** The phases of a connection. */
export type Phase = 'connect' | 'TLS handshake' | 'open'

/** Codes of Node's TLS for an untrusted certificate of the broker; a retry does not help. */
const untrusted =
  /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL_X509)/
/** Alerts with which a broker refuses our certificate, or requires one; a retry does not help. */
const notTrusted =
  /^ERR_SSL_[\w/]+_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/
/** Both sides speak TLS, but have no version or cipher in common; we accept TLS 1.2 and 1.3. */
const outdated =
  /^ERR_SSL_(UNSUPPORTED_PROTOCOL|[\w/]+_ALERT_(PROTOCOL_VERSION|INSUFFICIENT_SECURITY|HANDSHAKE_FAILURE)|NO_\w*CIPHER\w*)$/
/** Codes that mean that one side speaks TLS, or this version of it, and the other does not. */
const mismatched = /^(EPROTO|ERR_SSL_)/

/** Why a socket ended, as a fault; `error` is null if the other side closed it. */
export const socketFault = (error: Error | null, phase: Phase, broker: string): Fault => {
  const code = error !== null && 'code' in error ? String(error.code) : ''
  const reason = printable(error === null ? 'it closed the connection' : error.message)
  if (untrusted.test(code)) return { _tag: 'AuthenticationFault', broker, reason }
  if (notTrusted.test(code)) {
    const [alert = reason] = /alert [a-z ]+/.exec(reason) ?? []
    return { _tag: 'AuthenticationFault', broker, reason: `the broker ended the TLS handshake: ${alert}` }
  }
  if (outdated.test(code))
    return {
      _tag: 'AuthenticationFault',
      broker,
      reason: `no TLS version (1.2, 1.3) or cipher is common to both: ${reason}`
    }
  if (mismatched.test(code)) return { _tag: 'FrameFault', broker, reason }
  if (phase === 'TLS handshake' && (error === null || code === 'ECONNRESET')) {
    const hint = 'a listener without TLS, or a load balancer without a broker behind it'
    return { _tag: 'ConnectionFault', broker, reason: `it closed the connection in the TLS handshake: ${hint}` }
  }
  return { _tag: 'ConnectionFault', broker, reason }
}

/** Any thrown value as a fault of the connection to the broker. */
export const faultOfThrown = (thrown: unknown, broker: string): Fault =>
  thrown instanceof WireError
    ? thrown.fault
    : { _tag: 'ConnectionFault', broker, reason: printable(thrown instanceof Error ? thrown.message : String(thrown)) }

export const wireErrorOf = (thrown: unknown, broker: string): WireError =>
  thrown instanceof WireError ? thrown : new WireError(faultOfThrown(thrown, broker))

/** The most informative of several brokers' errors: a permanent refusal comes before a network failure. */
export const mostTelling = (error: unknown): WireError => {
  const errors = (error instanceof AggregateError ? error.errors : [error]).map((one: unknown) =>
    one instanceof WireError ? one : new WireError(faultOfThrown(one, 'any broker'))
  )
  const telling = ['AuthenticationFault', 'UsageFault', 'UnsupportedVersionFault', 'FrameFault']
  for (const tag of telling) {
    const found = errors.find(({ fault }) => fault._tag === tag)
    if (found !== undefined) return found
  }
  return (
    errors[0] ?? new WireError({ _tag: 'ConnectionFault', broker: 'any broker', reason: 'no broker is known' }, false)
  )
}
