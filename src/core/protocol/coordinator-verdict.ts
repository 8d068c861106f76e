import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/**
 * What an answer says of the coordinator that gave it.
 *
 * - `moved`: it has not served the request, and another one may coordinate: look it up again.
 * - `loading`: it has not served the request, and will soon.
 * - `timed out`: it may have served the request; Java's client looks it up again after a commit that timed out at the broker.
 * - `in charge`: the code is about something else.
 */
type CoordinatorVerdict = 'moved' | 'loading' | 'timed out' | 'in charge'

/** The meaning of every code; any other is about something else. */
const rows: { readonly [Name in CodesOf<'coordinator'>]: CoordinatorVerdict } = {
  NOT_COORDINATOR: 'moved',
  COORDINATOR_NOT_AVAILABLE: 'moved',
  COORDINATOR_LOAD_IN_PROGRESS: 'loading',
  REQUEST_TIMED_OUT: 'timed out'
}

const verdicts = /*#__PURE__*/ byCode<CoordinatorVerdict>(rows)

/** What the code of any request to a coordinator says of that coordinator. */
const coordinatorVerdict = (code: number): CoordinatorVerdict => verdicts.get(code) ?? 'in charge'

/** Whether the request was not served: another broker coordinates, or the coordinator is not ready. */
export const isCoordinatorTrouble = (code: number): boolean => {
  const verdict = coordinatorVerdict(code)
  return verdict === 'moved' || verdict === 'loading'
}

/** Whether to look the coordinator up again before the next request. */
export const isCoordinatorOutOfDate = (code: number): boolean => {
  const verdict = coordinatorVerdict(code)
  return verdict === 'moved' || verdict === 'timed out'
}
