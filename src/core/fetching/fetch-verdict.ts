import type { CodesOf } from '../protocol/answered-codes.js'
import { byCode } from '../protocol/error-code.js'

/**
 * How reading a partition continues. `not served`: the broker is not the leader, or not ready; the position is kept, and the
 * leader is looked up.
 */
export type FetchVerdict = 'served' | 'out of range' | 'unauthorized' | 'corrupt' | 'not served'

/** The meaning of every code of a partition in Fetch and OffsetForLeaderEpoch; any other means that it is not served. */
const rows: { readonly [Name in CodesOf<'Fetch'>]: FetchVerdict } = {
  NONE: 'served',
  OFFSET_OUT_OF_RANGE: 'out of range',
  TOPIC_AUTHORIZATION_FAILED: 'unauthorized',
  CORRUPT_MESSAGE: 'corrupt'
}

const verdicts = /*#__PURE__*/ byCode<FetchVerdict>(rows)

/**
 * How often an unreadable batch (by its checksum or as the broker reports) is fetched again before the partition stops:
 * the network may have caused the fault, or one replica.
 */
export const corruptRetries = 2

/** What a partition's code in the answer to Fetch, or OffsetForLeaderEpoch, means for reading it. */
export const fetchVerdict = (code: number): FetchVerdict => verdicts.get(code) ?? 'not served'

/**
 * How a fetch session continues. `forgotten`: the broker does not know the session's ID any more. `over`: the session cannot
 * continue, and the broker still knows its ID. `refused`: the request has failed for another reason.
 */
export type FetchSessionVerdict = 'goes on' | 'forgotten' | 'over' | 'refused'

/** The meaning of every code of a whole Fetch response; any other means that the request is refused. */
const sessionRows: { readonly [Name in CodesOf<'fetch session'>]: FetchSessionVerdict } = {
  NONE: 'goes on',
  FETCH_SESSION_ID_NOT_FOUND: 'forgotten',
  INVALID_FETCH_SESSION_EPOCH: 'over',
  FETCH_SESSION_TOPIC_ID_ERROR: 'over'
}

const sessionVerdicts = /*#__PURE__*/ byCode<FetchSessionVerdict>(sessionRows)

/** What the code of a whole Fetch response means for the fetch session (KIP-227). */
export const fetchSessionVerdict = (code: number): FetchSessionVerdict => sessionVerdicts.get(code) ?? 'refused'
