import type { CodesOf } from './answered-codes.js'
import { byCode } from './error-code.js'

/**
 * What FindCoordinator says about a coordinator. `not available`: there is none yet, for example while the brokers create the
 * topic for groups or transactions. `failed`: the request has failed for another reason; a later one may succeed.
 */
type FindCoordinatorVerdict = 'found' | 'not available' | 'group refused' | 'transactional id refused' | 'failed'

/** The meaning of every code of FindCoordinator; any other means that the request has failed. */
const rows: { readonly [Name in CodesOf<'FindCoordinator'>]: FindCoordinatorVerdict } = {
  NONE: 'found',
  COORDINATOR_NOT_AVAILABLE: 'not available',
  GROUP_AUTHORIZATION_FAILED: 'group refused',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional id refused'
}

const verdicts = /*#__PURE__*/ byCode<FindCoordinatorVerdict>(rows)

/** What the code of the answer to FindCoordinator means. */
export const findCoordinatorVerdict = (code: number): FindCoordinatorVerdict => verdicts.get(code) ?? 'failed'
