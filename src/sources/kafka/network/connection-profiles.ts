import type { ConnectionProfile } from '../../../config/connection-profile.js'
import type { ConnectionRate } from '../../../core/scheduling/connection-rate.js'
import type { Purpose } from './purpose.js'

/** How the clients of a cluster use connections. */
export interface ConnectionUse {
  /** The purposes with one shared connection to each broker. For other purposes each client has its own. */
  readonly shared: ReadonlySet<Purpose>
  readonly rate: ConnectionRate
  /** After this time without use, JoinGroup's connection is closed; null: like any other. */
  readonly idleJoinMs: number | null
}

/**
 * A broker answers a connection's requests strictly in order, so a request that it holds delays those behind it. Therefore long
 * polls and JoinGroup are never shared. Others are answered at once, or when a commit or batch is replicated: sharing their
 * connection costs waiting, but never a standstill.
 */
export const connectionProfiles: Readonly<Record<ConnectionProfile, ConnectionUse>> = {
  fast: { shared: new Set(['metadata']), rate: { burst: 100, perSecond: 50 }, idleJoinMs: null },
  few: {
    shared: new Set(['metadata', 'group', 'refill', 'produce']),
    rate: { burst: 4, perSecond: 4 },
    idleJoinMs: 10_000
  }
}
