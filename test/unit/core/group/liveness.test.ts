import { describe, expect, it } from 'vitest'
import { Liveness } from '../../../../src/core/group/liveness.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'

const joined = (): Liveness => {
  const liveness = new Liveness({ sessionTimeoutMs: 10_000, heartbeatIntervalMs: 3_000 })
  liveness.joined(0)
  return liveness
}

describe('Liveness', () => {
  it('sends one heartbeat at a time, and keeps its interval meanwhile', () => {
    const liveness = joined()
    const next = { _tag: 'arm', timer: 'heartbeat', inMs: 3_000 }

    expect(liveness.beat('m', 1, 3_000)).toEqual([next, { _tag: 'heartbeat', memberId: 'm', generation: 1 }])
    expect(liveness.beat('m', 1, 6_000)).toEqual([next])
    liveness.over()
    expect(liveness.beat('m', 1, 9_000)).toHaveLength(2)
  })

  it('counts the session from when the heartbeat was sent, a rebalance included', () => {
    const liveness = joined()

    expect(liveness.answered(errorCode.REBALANCE_IN_PROGRESS, 3_000, 3_500)).toEqual([
      { _tag: 'arm', timer: 'session', inMs: 9_500 }
    ])
    expect([liveness.isOver(12_999), liveness.isOver(13_000)]).toEqual([false, true])
    expect(liveness.quietSince).toBe(0)
    liveness.answered(errorCode.NONE, 6_000, 6_100)
    expect(liveness.quietSince).toBe(6_000)
  })

  it('is not prolonged by a refusal, nor by an answer that was overtaken', () => {
    const liveness = joined()
    liveness.answered(errorCode.NONE, 6_000, 6_100)
    liveness.answered(errorCode.NONE, 3_000, 6_200)

    expect(liveness.answered(errorCode.UNKNOWN_MEMBER_ID, 9_000, 9_100)).toEqual([])
    expect(liveness.isOver(16_000)).toBe(true)
  })

  it('sends heartsends heartbeats more often for two intervals after an assignment', () => {
    const liveness = joined()

    expect(liveness.quicken(0)).toEqual([{ _tag: 'arm', timer: 'heartbeat', inMs: 250 }])
    expect(liveness.beat('m', 1, 5_999)[0]).toMatchObject({ inMs: 250 })
    expect(liveness.beat('m', 1, 6_000)[0]).toMatchObject({ inMs: 3_000 })
  })
})
