import type { StatusFault } from './consumer-status.js'
import { describeFault } from './describe-fault.js'
import type { Fault } from './fault.js'

/** A fault in the form that a status has. */
export const statusFault = (fault: Fault | null): StatusFault | null =>
  fault === null ? null : { tag: fault._tag, reason: describeFault(fault) }
