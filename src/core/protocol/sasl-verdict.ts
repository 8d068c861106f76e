import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/**
 * A broker's answer to a step of an authentication.
 *
 * - `mechanism refused`: the listener does not have this SASL mechanism.
 * - `credentials refused`: the broker does not accept the credentials.
 * - `no SASL`: the listener expects no authentication (PLAINTEXT or SSL).
 * - `failed`: the step has failed for another reason; it may succeed on another connection.
 */
type SaslVerdict = 'accepted' | 'mechanism refused' | 'credentials refused' | 'no SASL' | 'failed'

/** The meaning of every code of SaslHandshake and SaslAuthenticate; any other means that the step has failed. */
const rows: { readonly [Name in CodesOf<'SASL'>]: SaslVerdict } = {
  NONE: 'accepted',
  UNSUPPORTED_SASL_MECHANISM: 'mechanism refused',
  SASL_AUTHENTICATION_FAILED: 'credentials refused',
  // From `KafkaApis.handleSaslHandshakeRequest`: a listener with SASL handles the request before that method.
  ILLEGAL_SASL_STATE: 'no SASL'
}

const verdicts = /*#__PURE__*/ byCode<SaslVerdict>(rows)

/** What the code of the answer to SaslHandshake, or to SaslAuthenticate, means. */
export const saslVerdict = (code: number): SaslVerdict => verdicts.get(code) ?? 'failed'
