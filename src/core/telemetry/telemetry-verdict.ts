import type { CodesOf } from '../protocol/answered-codes.js'
import { byCode } from '../protocol/error-code.js'

/**
 * What a client does next, as in Java's `ClientTelemetryUtils.maybeFetchErrorIntervalMs`.
 *
 * - `over`: it never asks again.
 * - `ask again`: it requests its subscription at once. `uncompressed`: the same, and later pushes are not compressed.
 * - `later`: it requests its subscription after the interval.
 */
export type TelemetryVerdict = 'done' | 'over' | 'ask again' | 'uncompressed' | 'later'

/** The meaning of every code of GetTelemetrySubscriptions and PushTelemetry; after any other the client asks later. */
const rows: { readonly [Name in CodesOf<'client telemetry'>]: TelemetryVerdict } = {
  NONE: 'done',
  INVALID_REQUEST: 'over',
  INVALID_RECORD: 'over',
  UNSUPPORTED_VERSION: 'over',
  UNKNOWN_SUBSCRIPTION_ID: 'ask again',
  UNSUPPORTED_COMPRESSION_TYPE: 'uncompressed'
}

const verdicts = /*#__PURE__*/ byCode<TelemetryVerdict>(rows)

/** What the code of either request means for the client's telemetry (KIP-714). */
export const telemetryVerdict = (code: number): TelemetryVerdict => verdicts.get(code) ?? 'later'
