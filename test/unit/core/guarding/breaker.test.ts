import { describe, expect, it } from 'vitest'
import { Breaker } from '../../../../src/core/guarding/breaker.js'

const breaker = (): Breaker => new Breaker({ calls: 4, failureRatio: 0.5, probeEveryMs: 100 })

/** Calls that begin and end at once. */
const calls = (one: Breaker, outcomes: readonly (boolean | null)[], now = 0): readonly unknown[] =>
  outcomes.map((failed) => {
    one.began(now)
    return one.ended(one.turn, failed, now)
  })

const failed = true
const succeeded = false

describe('Breaker', () => {
  it('opens when the configured share of the last calls has failed, and not before there were enough calls', () => {
    const one = breaker()

    expect(calls(one, [failed, failed, succeeded])).toEqual([null, null, null])
    expect(calls(one, [succeeded])).toEqual(['opened'])
    expect([one.state, one.callableAt]).toEqual(['open', 100])
  })

  it('forgets calls before the last ones that count', () => {
    const one = breaker()

    expect(calls(one, [failed, succeeded, succeeded, succeeded, succeeded, failed])).not.toContain('opened')
    expect(one.state).toBe('closed')
  })

  it('closes after one probe that succeeds, and counts anew', () => {
    const one = breaker()
    calls(one, [failed, failed, failed, failed])
    one.began(100)

    expect([one.state, one.callableAt]).toEqual(['probing', Infinity])
    expect(one.ended(one.turn, succeeded, 110)).toBe('closed')
    expect(calls(one, [failed, failed, failed])).toEqual([null, null, null])
  })

  it.each([failed, null])('stays open after a probe that ends with %s, until the next is due', (outcome) => {
    const one = breaker()
    calls(one, [failed, failed, failed, failed])
    one.began(130)

    expect(one.ended(one.turn, outcome, 140)).toBeNull()
    expect([one.state, one.callableAt]).toEqual(['open', 230])
  })

  it('hears nothing of calls that began before it opened', () => {
    const one = breaker()
    const { turn } = one
    calls(one, [failed, failed, failed, failed])

    expect(one.ended(turn, succeeded, 50)).toBeNull()
    expect(one.state).toBe('open')
  })
})
