import { describe, expect, it } from 'vitest'
import { ImplicitTriggers } from '../../../../src/core/committing/implicit-triggers.js'

describe('ImplicitTriggers', () => {
  it('are absent without auto commit and operators', () => {
    const triggers = new ImplicitTriggers(null)

    expect([triggers.every, triggers.withinMs, triggers.startWithinMs]).toEqual([Infinity, null, null])
  })

  it('are the soonest of auto commit and of every operator', () => {
    const triggers = new ImplicitTriggers(5_000)
    triggers.seen({ every: 500, withinMs: 6_000 })
    expect([triggers.every, triggers.withinMs]).toEqual([500, 5_000])
    triggers.seen({ every: 1_000, withinMs: 50 })
    expect([triggers.every, triggers.withinMs]).toEqual([500, 50])
  })

  it('commit only the start of partitions whose operators have seen no record yet', () => {
    const triggers = new ImplicitTriggers(null)
    triggers.downstream([
      { every: 10, withinMs: 1_000 },
      { every: 10, withinMs: 200 }
    ])

    expect([triggers.every, triggers.withinMs, triggers.startWithinMs]).toEqual([Infinity, null, 200])
  })
})
