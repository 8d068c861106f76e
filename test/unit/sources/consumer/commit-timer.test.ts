import { describe, expect, it } from 'vitest'
import { CommitTimer } from '../../../../src/sources/consumer/commit-timer.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

describe('CommitTimer', () => {
  const trial = () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    const timer = new CommitTimer(clock)
    const arm = (inMs: number, name: string): void => {
      timer.in(inMs, () => ran.push(`${name} at ${String(clock.now())}`))
    }
    return { clock, ran, timer, arm }
  }

  it('keeps the soonest time that was asked for', () => {
    const { clock, ran, arm } = trial()
    const from = clock.now()
    arm(10, 'late')
    arm(5, 'soon')
    arm(7, 'later than that')
    clock.advance(100)

    expect(ran).toEqual([`soon at ${String(from + 5)}`])
  })

  it('is armed anew once it has run, and not at all once it is disarmed', () => {
    const { clock, ran, timer, arm } = trial()
    arm(5, 'first')
    clock.advance(5)
    arm(5, 'second')
    timer.disarm()
    clock.advance(50)

    expect(ran).toHaveLength(1)
  })
})
