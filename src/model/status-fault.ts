import type { StatusFault } from './consumer-status.js'
import { describeFault } from './describe-fault.js'
import type { Fault } from './fault.js'

/** A fault as a status has it. */
export const statusFault = (fault: Fault | null): StatusFault | null =>
  fault === null ? null : { tag: fault._tag, reason: describeFault(fault) }
