import type { ConnectionSettings } from '../../src/config/connection-settings.js'

/** How to connect to ports of the loopback address, with short times. */
export const connectionSettings = (
  ports: readonly number[],
  more: Partial<ConnectionSettings> = {}
): ConnectionSettings => ({
  brokers: ports.map((port) => ({ host: '127.0.0.1', port })),
  locate: null,
  recovery: 'rebootstrap',
  clientId: 'test',
  tls: null,
  sasl: null,
  hosts: { allowed: null, readable: null },
  requestTimeoutMs: 300,
  connectionTimeoutMs: 300,
  connectionTimeoutMaxMs: 300,
  maxIdleMs: 540_000,
  reconnectBackoffMs: 10,
  reconnectBackoffMaxMs: 10,
  connections: 'fast',
  maxFrameBytes: 1_000_000,
  ...more
})
