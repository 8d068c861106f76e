import type { ConnectionProfile } from '../../../config/connection-profile.js'
import type { ConnectionRate } from '../../../core/scheduling/connection-rate.js'
import type { Purpose } from './purpose.js'

/** How the clients of a cluster use connections. */
export interface ConnectionUse {
  /** What clients share connections for: one to a broker. For everything else each has its own. */
  readonly shared: ReadonlySet<Purpose>
  readonly rate: ConnectionRate
  /** JoinGroup's connection is closed when it was not used for so long; null: as any other. */
  readonly idleJoinMs: number | null
}

/**
 * A broker answers a connection's requests strictly in order: what it holds back holds up whatever is behind it. So a long poll
 * and a JoinGroup are never shared. The others are answered at once or as soon as a commit or batch is replicated: to share them
 * costs waiting, not standing still.
 */
export const connectionProfiles: Readonly<Record<ConnectionProfile, ConnectionUse>> = {
  fast: { shared: new Set(['metadata']), rate: { burst: 100, perSecond: 50 }, idleJoinMs: null },
  few: {
    shared: new Set(['metadata', 'group', 'refill', 'produce']),
    rate: { burst: 4, perSecond: 4 },
    idleJoinMs: 10_000
  }
}
