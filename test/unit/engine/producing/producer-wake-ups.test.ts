import { describe, expect, it } from 'vitest'
import { ProducerWakeUps } from '../../../../src/engine/producing/producer-wake-ups.js'

/** A clock whose timers and turns the test runs itself, at the time that it says. */
const byHand = () => {
  const on = {
    time: 0,
    ran: 0,
    timers: [] as (() => void)[],
    turns: [] as (() => void)[]
  }
  const clock = {
    now: () => on.time,
    wallTime: () => on.time,
    schedule: (_ms: number, run: () => void) => (on.timers.push(run), () => undefined),
    turn: (run: () => void) => (on.turns.push(run), () => undefined)
  }
  return { on, wakeUps: new ProducerWakeUps(clock, () => on.ran++) }
}

describe('the time at which a producer checks its batches', () => {
  it('is that of its timer', () => {
    const { on, wakeUps } = byHand()
    wakeUps.at(100, 0)
    on.time = 101
    on.timers[0]?.()
    expect([on.ran, on.turns.length]).toEqual([1, 0])
  })

  it('is a turn later where the timer is late: answers that have arrived come before records are given up', () => {
    const { on, wakeUps } = byHand()
    wakeUps.at(100, 0)
    on.time = 20_000
    on.timers[0]?.()
    expect([on.ran, on.turns.length]).toEqual([0, 1])
    on.turns[0]?.()
    expect(on.ran).toBe(1)
  })
})
