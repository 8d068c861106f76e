import type { ConnectionProfile } from './connection-profile.js'

/**
 * The heartbeat interval if `heartbeat.interval.ms` is not set. Small brokers limit requests as they limit connections. For
 * these it is as long as in Java's client, and a member learns of a rebalance that much later.
 */
export const heartbeatInterval = (connections: ConnectionProfile, sessionTimeoutMs: number): number =>
  connections === 'few' ? Math.min(3_000, Math.ceil(sessionTimeoutMs / 3)) : 750
