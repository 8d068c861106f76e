import type { Carried } from '../../model/carried.js'
import type { OperatorName } from '../../model/operator-name.js'
import type { HandlerContext } from './handler.js'

/** What distinguishes `handle`, `writeTo`, the sinks, and other operators on records that may fail. */
export interface Handling<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly operator: OperatorName
  readonly call: (carried: C, context: HandlerContext) => unknown
  /** the value to emit for the result of the call */
  readonly result: (carried: C, value: unknown) => D
}

/** The same for operations that end when the call returns. */
export interface HandlingAtOnce<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly operator: OperatorName
  /** The value to emit, or null to settle the record instead; throws the record's failure. */
  readonly make: (carried: C) => D | null
}
