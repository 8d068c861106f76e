import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fifo } from '../../../../src/core/scheduling/fifo.js'
import { Timetable } from '../../../../src/core/scheduling/timetable.js'

describe('Timetable', () => {
  it('gives what is due, the earliest first, and of the same time what came first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 20 }), (times, now) => {
        const table = new Timetable<readonly [number, number]>()
        times.forEach((at, index) => {
          table.add(at, [at, index])
        })
        const due: (readonly [number, number])[] = []
        for (let item = table.take(now); item !== undefined; item = table.take(now)) due.push(item)
        const expected = times
          .map((at, index) => [at, index] as const)
          .filter(([at]) => at <= now)
          .sort(([a, first], [b, second]) => a - b || first - second)
        const later = times.filter((at) => at > now)
        expect(due).toEqual(expected)
        expect([table.size, table.next]).toEqual([later.length, later.length === 0 ? null : Math.min(...later)])
      }),
      { seed: 1 }
    )
  })
})

describe('Fifo', () => {
  it('is a queue that can also be filled at the front', () => {
    const steps = fc.array(fc.oneof(fc.constant('take'), fc.constant('back'), fc.constant('push')), {
      maxLength: 3_000
    })
    fc.assert(
      fc.property(steps, (all) => {
        const fifo = new Fifo<number>()
        const list: number[] = []
        all.forEach((step, number) => {
          if (step === 'take') expect(fifo.shift()).toBe(list.shift())
          else if (step === 'back') {
            fifo.putBack(number)
            list.unshift(number)
          } else {
            fifo.push(number)
            list.push(number)
          }
        })
        expect([fifo.length, [...fifo]]).toEqual([list.length, list])
      }),
      { seed: 1, numRuns: 50 }
    )
  })
})
