import type { Fault } from './fault.js'

/**
 * What becomes of the connections to a cluster's brokers, of all that use them: consumers, producers, lookups and admin clients.
 * Nothing is ever printed by the library.
 */
export type ClusterEvent =
  /**
   * A connection could not be made (name, TCP, TLS, authentication: the fault says); none is tried within `inMs`. From the first
   * attempt that failed, every ten seconds while it goes on, and when the fault is another.
   */
  | {
      readonly _tag: 'connecting'
      readonly broker: string
      readonly fault: Fault
      readonly attempt: number
      readonly inMs: number
    }
  /** A connection was made, after attempts that had failed for so long. */
  | { readonly _tag: 'connected'; readonly broker: string; readonly afterMs: number }
