import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from '../../../../src/core/guarding/adaptive-limit.js'

/** A round in which as many calls are under way as may be, each of which takes so long. */
const round = (limit: AdaptiveLimit, tookMs: number, failures = 0): number => {
  const { round: current, limit: calls } = limit
  for (let call = 1; call <= calls; call++) limit.began(call)
  for (let call = 1; call <= calls; call++) limit.ended(current, tookMs, call <= failures)
  return limit.limit
}

const limitOf = (max = 100): AdaptiveLimit => new AdaptiveLimit({ max, tolerance: 1.15 })

describe('AdaptiveLimit', () => {
  it('doubles until the first round is too slow, then adds one at a time', () => {
    const limit = limitOf()

    expect([10, 10, 10, 10].map((ms) => round(limit, ms))).toEqual([2, 4, 8, 16])
    expect(round(limit, 20)).toBe(12)
    expect([10, 10].map((ms) => round(limit, ms))).toEqual([13, 14])
  })

  it('allows a quarter less after a round with a failure', () => {
    const limit = limitOf()
    for (let rounds = 0; rounds < 3; rounds++) round(limit, 10)

    expect(round(limit, 10, 1)).toBe(6)
  })

  it('stays within its bounds', () => {
    const limit = limitOf(3)

    expect([10, 10, 10].map((ms) => round(limit, ms))).toEqual([2, 3, 3])
    expect([10, 10, 10, 10].map((ms) => round(limit, ms, limit.limit))).toEqual([2, 1, 1, 1])
  })

  it('does not grow after rounds that never used the whole limit', () => {
    const limit = limitOf()
    round(limit, 10)
    for (let call = 0; call < 4; call++) {
      limit.began(1)
      limit.ended(limit.round, 10, false)
    }

    expect(limit.limit).toBe(2)
  })

  it('leaves out calls of a former round', () => {
    const limit = limitOf()
    const former = limit.round
    round(limit, 10)
    limit.ended(former, 10_000, true)

    expect(round(limit, 10)).toBe(4)
  })

  it('starts from one again', () => {
    const limit = limitOf()
    round(limit, 10)
    limit.restart()

    expect(limit.limit).toBe(1)
    expect(round(limit, 10)).toBe(2)
  })
})
