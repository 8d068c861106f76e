import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../../src/model/clock.js'
import { DeliveryPump, type PumpedDelivery } from '../../../../src/sources/consumer/delivery-pump.js'

/** Partitions that have records without end, each of which takes its handler so long; what each turn has delivered, to its end. */
const turnsOf = (perTurn: number, msPerRecord: readonly number[], turns: number): readonly string[] => {
  let now = 0
  let next: (() => void) | null = null
  let turn = ''
  const clock: Clock = {
    now: () => now,
    wallTime: () => now,
    schedule: () => expect.unreachable('no timer is needed'),
    turn: (run) => {
      next = run
      return () => (next = null)
    }
  }
  const pump = new DeliveryPump(clock, perTurn, () => {
    turn += '.'
  })
  for (const [name, ms] of msPerRecord.entries()) {
    const delivery: PumpedDelivery = {
      topic: 't',
      partition: 0,
      groupId: null,
      hasWork: true,
      deliver: (limit) => {
        now += limit * ms
        turn += String(name).repeat(limit)
        return limit
      }
    }
    pump.schedule(delivery)
  }
  return Array.from({ length: turns }, () => {
    turn = ''
    next?.()
    return turn
  })
}

describe('DeliveryPump', () => {
  it('delivers so many records a turn, of one partition after the other', () => {
    expect(turnsOf(5, [0, 0], 3)).toEqual(['00000.', '11111.', '00000.'])
  })

  it('lets the event loop have its turn after one record of a slow handler', () => {
    expect(turnsOf(500, [20, 20], 4)).toEqual(['0.', '1.', '0.', '1.'])
  })

  it('goes on for ten milliseconds of a handler that takes less', () => {
    const [first = ''] = turnsOf(500, [1], 1)
    expect(first).toBe(`${'0'.repeat(1 + 2 + 4 + 8)}.`)
  })
})
