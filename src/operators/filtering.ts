import type { OperatorFunction } from 'rxjs'
import type { Carried } from '../model/carried.js'
import type { OnFailure } from '../model/failure-policy.js'
import type { OperatorName } from '../model/operator-name.js'
import { handlingAtOnce } from './handling.js'

/** What an operator does that calls a function of the user's, if that throws. */
export interface CallOptions {
  /** What becomes of a record for which the function throws. @default 'fail' */
  readonly onFailure?: OnFailure
}

/** Lets pass what is wanted; what is not is settled, so that the commit goes on past it. */
export const filtering = <C extends Carried<unknown>>(
  operator: OperatorName,
  keep: (value: C['value'], carried: C) => boolean,
  options: CallOptions
): OperatorFunction<C, C> =>
  handlingAtOnce(operator, (carried) => (keep(carried.value, carried) ? carried : null), options.onFailure)
