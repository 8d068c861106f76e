import type { ConnectionProfile } from './connection-profile.js'

/**
 * How often members say that they are there, where `heartbeat.interval.ms` says nothing. A small broker counts requests as it
 * counts connections: there they come as rarely as those of Java's client, and a rebalance takes so much longer to be heard of.
 */
export const heartbeatInterval = (connections: ConnectionProfile, sessionTimeoutMs: number): number =>
  connections === 'few' ? Math.min(3_000, Math.ceil(sessionTimeoutMs / 3)) : 750
