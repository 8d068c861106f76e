import type { Carried } from '../../model/carried.js'
import type { OperatorName } from '../../model/operator-name.js'
import type { HandlerContext } from './handler.js'

/** What tells `handle` from `writeTo`, the sinks, and whatever else does something with each record that may fail. */
export interface Handling<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly operator: OperatorName
  readonly call: (carried: C, context: HandlerContext) => unknown
  /** what goes on, given what came of the call */
  readonly result: (carried: C, value: unknown) => D
}

/** The same of what is over when the call returns. */
export interface HandlingAtOnce<C extends Carried<unknown>, D extends Carried<unknown>> {
  readonly operator: OperatorName
  /** What goes on, or null for what is settled instead; throws what failed. */
  readonly make: (carried: C) => D | null
}
