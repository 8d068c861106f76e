import type { Fault } from './fault.js'
import type { Throttled, ThrottleOver } from './throttled.js'

/**
 * Reports on the connections to a cluster's brokers, whichever client uses them: consumers, producers, lookups and
 * admin clients. The library itself never prints anything.
 */
export type ClusterEvent =
  /**
   * A connection could not be made (name, TCP, TLS, authentication: see the fault); the next attempt is in `inMs` at
   * the earliest. Emitted with the first failed attempt, every ten seconds while attempts fail, and when the fault
   * changes.
   */
  | {
      readonly _tag: 'connecting'
      readonly broker: string
      readonly fault: Fault
      readonly attempt: number
      readonly inMs: number
    }
  /** A connection was made, after attempts had failed for `afterMs`. */
  | { readonly _tag: 'connected'; readonly broker: string; readonly afterMs: number }
  /**
   * A broker throttles a client of this process, be it an admin client or a transactional producer; emitted when that
   * begins, every ten seconds while it continues, and when the broker requests longer, and when it has ended.
   */
  | Throttled
  | ThrottleOver
