import type { StatusFault } from './consumer-status.js'
import { describeFault } from './describe-fault.js'
import type { Fault } from './fault.js'

/** A fault in a status. */
export const statusFault = (fault: Fault | null): StatusFault | null =>
  fault === null ? null : { tag: fault._tag, reason: describeFault(fault) }
