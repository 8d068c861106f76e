import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/**
 * What an answer says about the coordinator that sent it.
 *
 * - `moved`: the request was not served, and another broker may be the coordinator: look it up again.
 * - `loading`: the request was not served, and will be served soon.
 * - `timed out`: the request may have been served. Java's client looks the coordinator up again after a commit that timed out
 *   at the broker.
 * - `in charge`: the code concerns something else.
 */
type CoordinatorVerdict = 'moved' | 'loading' | 'timed out' | 'in charge'

/** The meaning of every code; any other concerns something else. */
const rows: { readonly [Name in CodesOf<'coordinator'>]: CoordinatorVerdict } = {
  NOT_COORDINATOR: 'moved',
  COORDINATOR_NOT_AVAILABLE: 'moved',
  COORDINATOR_LOAD_IN_PROGRESS: 'loading',
  REQUEST_TIMED_OUT: 'timed out'
}

const verdicts = /*#__PURE__*/ byCode<CoordinatorVerdict>(rows)

/** What the code of any request to a coordinator says about that coordinator. */
const coordinatorVerdict = (code: number): CoordinatorVerdict => verdicts.get(code) ?? 'in charge'

/** Whether the request was not served: another broker is the coordinator, or it is not ready. */
export const isCoordinatorTrouble = (code: number): boolean => {
  const verdict = coordinatorVerdict(code)
  return verdict === 'moved' || verdict === 'loading'
}

/** Whether to look the coordinator up again before the next request. */
export const isCoordinatorOutOfDate = (code: number): boolean => {
  const verdict = coordinatorVerdict(code)
  return verdict === 'moved' || verdict === 'timed out'
}
