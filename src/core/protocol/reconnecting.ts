import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'

/**
 * The event for a target that cannot be reached, with the time of the next attempt. `otherwise` names the target if the fault
 * does not.
 */
export const reconnecting = (fault: Fault, otherwise: string, attempt: number, inMs: number): ConsumerEvent => ({
  _tag: 'reconnecting',
  broker: 'broker' in fault ? fault.broker : otherwise,
  fault,
  attempt,
  inMs
})
