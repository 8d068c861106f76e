import type { OperatorFunction } from 'rxjs'
import { eachValue } from '../internal/each-value.js'
import { type Carried, isStale, pass, settle } from '../model/carried.js'
import { operatorId, type OperatorName } from '../model/operator-name.js'

/** Lets pass what is wanted; what is not is settled, so that the commit goes on past it. */
export const filtering = <C extends Carried<unknown>>(
  name: OperatorName,
  keep: (value: C['value'], carried: C) => boolean
): OperatorFunction<C, C> => {
  const operator = operatorId(name)
  return eachValue((carried, destination) => {
    if (isStale(carried)) return
    let kept: boolean
    try {
      kept = keep(carried.value, carried)
    } catch (error) {
      destination.error(error)
      return
    }
    pass(carried, operator)
    if (kept) destination.next(carried)
    else settle(carried)
  })
}
