import { isLeft } from 'fp-ts/lib/Either.js'
import { errorName } from '../../../core/protocol/error-code.js'
import { saslVerdict } from '../../../core/protocol/sasl-verdict.js'
import type { Clock } from '../../../model/clock.js'
import { ConsumerError } from '../../../model/consumer-error.js'
import { printable, reasonOf } from '../../../model/printable.js'
import type { BrokerAddress } from '../../../config/broker-address.js'
import { latestUsableVersion, type BrokerApiVersions } from '../protocol/latest-usable-version.js'
import { saslAuthenticate } from '../protocol/sasl-authenticate.js'
import { saslHandshake } from '../protocol/sasl-handshake.js'
import type { Authenticator, SaslExchange } from '../sasl/sasl-exchange.js'
import { withTimeout } from '../with-timeout.js'
import { addressName } from './address-name.js'
import type { SocketConnection } from './socket-connection.js'
import { WireError } from './wire-error.js'

/** How to authenticate the connections of a client. */
export interface Authentication {
  readonly authenticator: Authenticator
  readonly clock: Clock
  /** for each answer of the broker, and each call of the user's function */
  readonly stepTimeoutMs: number
}

/** Prepares an exchange, with its token if any, before the first message is sent. */
export const beginExchange = (
  { authenticator, clock, stepTimeoutMs }: Authentication,
  broker: BrokerAddress
): Promise<SaslExchange> =>
  ofUser(authenticator, broker, () =>
    withTimeout(clock, stepTimeoutMs, authenticator.mechanism, () => authenticator.begin(broker))
  )

/**
 * Runs an exchange over the connection, before any waiting request, and returns how long the session lasts (ms; 0: as long as
 * the connection).
 *
 * Only a broker's answer is an `AuthenticationFault`: it refuses the credentials or the mechanism, its listener has no SASL, or
 * its proof is wrong. A broken connection, a late answer or a missing token is a `ConnectionFault`.
 */
export const authenticate = async (
  authentication: Authentication,
  connection: SocketConnection,
  broker: BrokerAddress,
  supported: BrokerApiVersions,
  exchange: SaslExchange
): Promise<number> => {
  const { authenticator, clock, stepTimeoutMs } = authentication
  const { mechanism } = authenticator
  const refusal = (reason: string): WireError => {
    const fault = { broker: addressName(broker), reason: shown(authenticator, reason) }
    const isFinal = exchange.refused?.() ?? true
    return new WireError({ _tag: isFinal ? 'AuthenticationFault' : 'ConnectionFault', ...fault }, false)
  }
  const handshakes = latestUsableVersion(saslHandshake, supported)
  if (isLeft(handshakes)) throw new WireError({ ...handshakes.left, broker: addressName(broker) }, false)
  const handshake = await connection.askAhead(handshakes.right, mechanism, stepTimeoutMs)
  switch (saslVerdict(handshake.code)) {
    case 'accepted':
      break
    case 'mechanism refused':
      throw refusal(`it does not support ${mechanism}, only ${handshake.mechanisms.join(', ')}`)
    case 'no SASL':
      throw refusal('its listener has no SASL (ILLEGAL_SASL_STATE)')
    case 'credentials refused':
    case 'failed':
      throw trouble(authenticator, broker, `it answered SaslHandshake with ${errorName(handshake.code)}`)
  }
  const common = latestUsableVersion(saslAuthenticate, supported)
  if (isLeft(common)) throw new WireError({ ...common.left, broker: addressName(broker) }, false)
  for (let message = exchange.first; ;) {
    const answer = await connection.askAhead(common.right, message, stepTimeoutMs)
    const reason = answer.message ?? errorName(answer.code)
    switch (saslVerdict(answer.code)) {
      case 'accepted':
        break
      case 'credentials refused':
        throw refusal(reason)
      case 'mechanism refused':
      case 'no SASL':
      case 'failed':
        throw trouble(authenticator, broker, `it answered SaslAuthenticate with ${reason}`)
    }
    const { challenge, sessionMs } = answer
    const step = await ofUser(authenticator, broker, () =>
      withTimeout(clock, stepTimeoutMs, mechanism, () => exchange.next(challenge))
    )
    switch (step._tag) {
      case 'done':
        return sessionMs
      case 'refused':
        throw refusal(step.reason)
      case 'send':
        message = step.message
    }
  }
}

/** The text of a broker or of the user's function, without secrets that it may repeat. */
const shown = ({ hide }: Authenticator, text: string): string => printable(hide(text))

const trouble = (authenticator: Authenticator, broker: BrokerAddress, reason: string): WireError =>
  new WireError({ _tag: 'ConnectionFault', broker: addressName(broker), reason: shown(authenticator, reason) }, false)

/**
 * Runs the user's function. A `ConsumerError` that it throws keeps its fault; any other error becomes a `ConnectionFault`,
 * which is retried.
 */
export const ofUser = async <A>(
  authenticator: Authenticator,
  broker: BrokerAddress,
  run: () => Promise<A>
): Promise<A> => {
  try {
    return await run()
  } catch (error) {
    if (error instanceof ConsumerError) throw new WireError(error.fault, false)
    throw trouble(authenticator, broker, reasonOf(error, authenticator.hide))
  }
}
