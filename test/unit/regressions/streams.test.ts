import { Subject, takeUntil } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { handle } from '../../../src/index.js'
import { lasting, manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

describe.each(protocols)('under the %s protocol', (_name, strategy) => {
  const config = { ...quick, ...strategy }

  // zio-kafka#280
  it('a partition that is revoked and at once assigned again never has two streams: 300 partitions', () => {
    const { clock, cluster, orders, member, committed } = rig(300, config, 600)
    const seen = witness()
    seen.follow('a', orders)
    for (let round = 0; round < 3; round++) {
      const number = 600 + round * 300
      clock.advance(700)
      const other = seen.follow('b', member())
      for (let partition = 0; partition < 300; partition++)
        cluster.produce('orders', { partition, value: String(number + partition) })
      clock.advance(round * 40)
      other.unsubscribe()
    }
    clock.advance(10_000)
    expect(seen.breaches).toEqual([])
    expect(orders.positions()).toHaveLength(300)
    expect(new Set(seen.handled).size).toBe(1_500)
    expect(committed().every((offset) => offset === 5n)).toBe(true)
  })

  // zio-kafka#1294
  it('an assignment that is followed at once by a revocation leaves no stream behind, and delivers nothing late', () => {
    for (let pause = 0; pause < 300; pause += 10) {
      const { clock, orders, member, cluster } = rig(4, config, 8)
      const seen = witness()
      seen.follow('a', orders)
      clock.advance(pause)
      const other = seen.follow('b', member())
      clock.advance(pause)
      const third = seen.follow('c', member())
      clock.advance(pause)
      other.unsubscribe()
      third.unsubscribe()
      clock.advance(10_000)
      for (let partition = 0; partition < 4; partition++)
        cluster.produce('orders', { partition, value: String(8 + partition) })
      clock.advance(5_000)
      expect([pause, seen.breaches]).toEqual([pause, []])
      expect([pause, [...new Set(sorted(seen.handled))]]).toEqual([pause, upTo(12)])
      const open = (name: string): number =>
        seen.streams.filter((entry) => entry.startsWith(`${name}+`)).length -
        seen.streams.filter((entry) => entry.startsWith(`${name}-`)).length
      expect([pause, open('a'), open('b'), open('c')]).toEqual([pause, 4, 0, 0])
    }
  })

  // alpakka-kafka#336, #1016, #1263
  it('a fetch that is answered after its stream has ended reaches neither that stream nor the next, and nothing is lost', () => {
    const { clock, cluster, orders, member, committed, rebalances } = rig(2, config, 4)
    const seen = witness()
    const work = manual()
    seen.follow('a', orders, (record) => (numberOf(record) < 4 ? work.handler(record) : undefined))
    clock.advance(500)
    seen.follow('b', member())
    clock.advance(200)
    const [revoking] = rebalances.filter((event) => event._tag === 'revoking')
    const leaving = new Set(revoking?.partitions.map(({ partition }) => partition))
    // The broker still holds a fetch of each partition, and answers it now that there is something.
    for (let number = 4; number < 24; number++)
      cluster.produce('orders', { partition: number % 2, value: String(number) })
    clock.advance(200)
    expect(leaving.size).toBeGreaterThan(0)
    expect(seen.handled.filter((number) => number >= 4 && leaving.has(number % 2))).toEqual([])
    work.finish(0, 1, 2, 3)
    clock.advance(5_000)
    expect([seen.breaches, sorted(seen.finished), committed()]).toEqual([[], upTo(24), [12n, 12n]])
    expect(rebalances.find(({ _tag }) => _tag === 'revoked')).toMatchObject({
      partitions: [...leaving].map(() => ({ outcome: 'drained', committed: 2n, repeated: 0 }))
    })
  })
})

// kafkajs#1593
describe('a consumer that has been told to stop', () => {
  const stops: readonly (readonly [string, (made: Rig, stop: Subject<void>, unsubscribe: () => void) => void])[] = [
    ['by drain()', ({ orders }) => void orders.drain()],
    ['by close()', ({ orders }) => void orders.close()],
    [
      'by unsubscribing',
      (_made, _stop, unsubscribe) => {
        unsubscribe()
      }
    ],
    [
      'by the end of the outer stream',
      (_made, stop) => {
        stop.next()
      }
    ]
  ]
  it.each(stops)('%s begins with no other record, whatever is buffered, fetched or written then', (_how, halt) => {
    const made = rig(2, { ...quick, maxInFlight: 3 }, 200)
    const { clock, cluster, orders } = made
    const stop = new Subject<void>()
    const begun: number[] = []
    const running = orders
      .pipe(
        takeUntil(stop),
        eachUnacknowledged((p) =>
          p.pipe(
            handle((record) => {
              begun.push(numberOf(record))
              return lasting(clock, 50)
            }, parallel)
          )
        )
      )
      .subscribe()
    clock.advance(20)
    expect(begun).toHaveLength(6)
    halt(made, stop, () => {
      running.unsubscribe()
    })
    cluster.produce('orders', { partition: 0, value: '200' })
    clock.advance(60_000)
    expect(begun).toHaveLength(6)
    expect(clock.pending).toBe(0)
  })
})
