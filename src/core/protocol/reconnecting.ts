import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'

/** Says that something cannot be reached and when it is tried again. `otherwise` names it where the fault does not. */
export const reconnecting = (fault: Fault, otherwise: string, attempt: number, inMs: number): ConsumerEvent => ({
  _tag: 'reconnecting',
  broker: 'broker' in fault ? fault.broker : otherwise,
  fault,
  attempt,
  inMs
})
