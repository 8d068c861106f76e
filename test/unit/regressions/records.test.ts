import { merge, mergeMap, NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type ConsumerRecord, eachPartition, handle } from '../../../src/index.js'
import { seededRandom } from '../../../src/internal/seeded-random.js'
import { acknowledge, lasting, manual, numberOf, parallel } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { protocols, sorted, upTo, witness } from '../../support/witness.js'

const quick = { 'heartbeat.interval.ms': 100 } as const

describe.each(protocols)('under the %s protocol', (_name, strategy) => {
  const config = { ...quick, ...strategy }

  // zio-kafka#469
  it('records that are buffered at a rebalance are not dropped with the position moved on', () => {
    const { clock, orders, member, committed } = rig(2, { ...config, maxInFlight: 3, 'max.poll.records': 1 }, 400)
    const seen = witness()
    const slowly = (): unknown => lasting(clock, 20)
    seen.follow('a', orders, slowly)
    clock.advance(300)
    const other = seen.follow('b', member(), slowly)
    clock.advance(500)
    expect(seen.finished.length).toBeLessThan(300)
    other.unsubscribe()
    clock.advance(20_000)
    expect([seen.breaches, [...new Set(sorted(seen.finished))], committed()]).toEqual([[], upTo(400), [200n, 200n]])
  })

  // fs2-kafka#1051
  it('records of partitions that are paused, by the user or for want of credit, are all there after the second rebalance', () => {
    const { clock, orders, member, committed } = rig(4, { ...config, maxInFlight: 1 }, 400)
    const seen = witness()
    const slowly = (): unknown => lasting(clock, 5)
    seen.follow('a', orders, slowly)
    clock.advance(200)
    orders.pause([0, 1].map((partition) => ({ topic: 'orders', partition })))
    clock.advance(100)
    const others = [member(), member()]
    const [second, third] = others.map((other, index) => {
      const following = seen.follow(`b${String(index)}`, other, slowly)
      other.pause()
      clock.advance(60)
      other.pause([2, 3].map((partition) => ({ topic: 'orders', partition })))
      clock.advance(100)
      return following
    })
    expect(seen.finished.length).toBeLessThan(350)
    for (const one of [orders, ...others]) one.resume()
    clock.advance(100)
    second?.unsubscribe()
    clock.advance(200)
    third?.unsubscribe()
    clock.advance(10_000)
    expect([seen.breaches, [...new Set(sorted(seen.finished))], committed()]).toEqual([
      [],
      upTo(400),
      [100n, 100n, 100n, 100n]
    ])
  })

  // confluentinc/parallel-consumer#826
  it.each(upTo(8))('nothing is lost where members come and go all the time with work in any order (%i)', (seed) => {
    const made = rig(4, config)
    const { clock, cluster, orders, member, committed } = made
    const random = seededRandom(seed)
    const upToMs = (most: number): number => Math.floor(random() * most)
    const seen = witness()
    const slowly = (): unknown => lasting(clock, upToMs(60))
    seen.follow('a', orders, slowly)
    let written = 0
    for (let round = 0; round < 25; round++) {
      for (let count = 0; count < 12; count++, written++)
        cluster.produce('orders', { partition: written % 4, value: String(written) })
      const other = member()
      const following = seen.follow(`b${String(round)}`, other, slowly)
      clock.advance(upToMs(500))
      if (random() < 0.5) void other.drain({ timeoutMs: upToMs(100) })
      else following.unsubscribe()
      clock.advance(upToMs(100))
      const finished = new Set(seen.finished)
      const over = (partition: number, offset: bigint | null): readonly number[] =>
        upTo(Number(offset ?? 0n)).map((at) => at * 4 + partition)
      expect(
        committed()
          .flatMap((offset, partition) => over(partition, offset))
          .filter((number) => !finished.has(number))
      ).toEqual([])
    }
    clock.advance(20_000)
    expect([seen.breaches, [...new Set(sorted(seen.finished))]]).toEqual([[], upTo(written)])
    expect(committed()).toEqual(upTo(4).map(() => BigInt(written / 4)))
  })
})

// confluentinc/parallel-consumer#875
describe('a record at an offset that was worked on before', () => {
  /** The pipeline's last operator keeps what it gets, for an acknowledgement at any time. */
  const keeping = ({ orders }: Rig, kept: ConsumerRecord[]): void => {
    orders
      .pipe(eachPartition((p) => merge(p.pipe(mergeMap((record) => (kept.push(record), NEVER))), NEVER)))
      .subscribe()
  }

  it('is delivered again after a loss, and not settled by the acknowledgement of its former delivery', () => {
    const made = rig(1, { ...quick, 'auto.commit.interval.ms': 100 }, 3)
    const kept: ConsumerRecord[] = []
    keeping(made, kept)
    made.clock.advance(500)
    const [own] = made.cluster.describeGroup(group).members
    made.cluster.expireSession(group, own?.memberId ?? '')
    made.clock.advance(1_000)
    expect(kept.map(numberOf)).toEqual([0, 1, 2, 0, 1, 2])
    acknowledge(...kept.slice(0, 3))
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([null])
    acknowledge(...kept.slice(3))
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([3n])
  })

  it('is delivered again after a seek, and not settled by the acknowledgement of its former delivery', () => {
    const made = rig(1, { ...quick, 'auto.commit.interval.ms': 100 }, 3)
    const kept: ConsumerRecord[] = []
    keeping(made, kept)
    made.clock.advance(500)
    made.orders.seek({ topic: 'orders', partition: 0 }, 'beginning')
    made.clock.advance(500)
    acknowledge(...kept.slice(0, 3))
    made.clock.advance(500)
    expect([kept.map(numberOf), made.committed()]).toEqual([[0, 1, 2, 0, 1, 2], [0n]])
    acknowledge(...kept.slice(3))
    made.clock.advance(500)
    expect(made.committed()).toEqual([3n])
  })

  it('is another one where an election has cut the log: it is delivered, and settled on its own', () => {
    const made = rig(1, quick, 5)
    const { clock, cluster, orders, committed } = made
    const work = manual()
    orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
    clock.advance(500)
    work.finish(0, 1, 2)
    clock.advance(100)
    expect([work.running(), committed()]).toEqual([[3, 4], [3n]])
    cluster.electLeader({ topic: 'orders', partition: 0 }, 3n)
    cluster.produce('orders', { partition: 0, value: '103' }, { partition: 0, value: '104' })
    clock.advance(2_000)
    work.finish(3, 4)
    clock.advance(500)
    expect([work.running(), committed()]).toEqual([[103, 104], [3n]])
    work.finish(103, 104)
    clock.advance(500)
    expect(committed()).toEqual([5n])
  })

  it('is another one where a topic was deleted and made again', () => {
    const made = rig(
      1,
      { ...quick, 'metadata.max.age.ms': 500, 'drain.timeout.ms': 500, 'auto.commit.interval.ms': 100 },
      3
    )
    const kept: ConsumerRecord[] = []
    keeping(made, kept)
    made.clock.advance(400)
    made.cluster.deleteTopic('orders')
    made.clock.advance(2_000)
    made.cluster.createTopic('orders', 1)
    for (const value of ['10', '11', '12']) made.cluster.produce('orders', { partition: 0, value })
    made.clock.advance(5_000)
    expect(kept.map(numberOf)).toEqual([0, 1, 2, 10, 11, 12])
    acknowledge(...kept.slice(0, 3))
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([null])
    acknowledge(...kept.slice(3))
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([3n])
  })
})
