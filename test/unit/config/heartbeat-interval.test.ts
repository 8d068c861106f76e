import { expect, it } from 'vitest'
import { heartbeatInterval } from '../../../src/config/heartbeat-interval.js'

it.each([
  ['fast', 10_000, 750],
  ['fast', 1_000, 750],
  ['few', 45_000, 3_000],
  ['few', 10_000, 3_000],
  ['few', 6_000, 2_000]
] as const)(
  'heartbeats of connections %s, with a session of %d ms, come every %d ms',
  (connections, session, every) => {
    expect(heartbeatInterval(connections, session)).toBe(every)
  }
)
