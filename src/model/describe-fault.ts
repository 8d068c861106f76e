import type { Fault } from './fault.js'

/** One line: what, where, what to do. */
export const describeFault = (fault: Fault): string => fault._tag
