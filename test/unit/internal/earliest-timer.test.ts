import { describe, expect, it } from 'vitest'
import { EarliestTimer } from '../../../src/internal/earliest-timer.js'
import { VirtualClock } from '../../support/virtual-clock.js'

describe('EarliestTimer', () => {
  const trial = () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    const timer = new EarliestTimer(clock)
    const arm = (inMs: number, name: string): void => {
      timer.by(clock.now() + inMs, () => ran.push(`${name} at ${String(clock.now())}`))
    }
    return { clock, ran, timer, arm }
  }

  it('keeps the earliest requested time', () => {
    const { clock, ran, arm } = trial()
    const from = clock.now()
    arm(10, 'late')
    arm(5, 'soon')
    arm(7, 'later than that')
    clock.advance(100)

    expect(ran).toEqual([`soon at ${String(from + 5)}`])
  })

  it('can be armed again once it has run, but not once it is stopped', () => {
    const { clock, ran, timer, arm } = trial()
    arm(5, 'first')
    clock.advance(5)
    arm(5, 'second')
    timer.stop()
    clock.advance(50)

    expect(ran).toHaveLength(1)
  })
})
