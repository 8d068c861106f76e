import type { OperatorFunction } from 'rxjs'
import { notPromised } from '../internal/usable-results.js'
import { aFunction, problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { Carried } from '../model/carried.js'
import type { OperatorName } from '../model/operator-name.js'
import { type AnyCallOptions, handlingAtOnce } from './handling/handling.js'

/** Passes on the wanted records and settles the others, so that commits advance past them. */
export const filtering = <C extends Carried<unknown>>(
  operator: OperatorName,
  keep: (value: C['value'], carried: C) => boolean,
  options: AnyCallOptions
): OperatorFunction<C, C> => {
  refuseWrong(problemsWith(`${operator}: keep`, keep, aFunction))
  return handlingAtOnce(operator, (carried) => (notPromised(keep(carried.value, carried)) ? carried : null), options)
}
