import { Observable, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type ConsumerRecord,
  type DrainReport,
  eachPartition,
  handle,
  type RebalanceEvent
} from '../../../../src/index.js'
import { rig } from '../../../support/rig.js'

const told = (event: RebalanceEvent): readonly [string, readonly number[]] => [
  event._tag,
  (event._tag === 'assigned' ? event.gained : event.partitions).map(({ partition }) => partition)
]

/** A handler whose work on a partition is ended by hand. */
const byHand = (): {
  readonly work: (record: ConsumerRecord) => Observable<void>
  readonly end: (partition: number) => void
} => {
  const running = new Map<number, Subject<void>>()
  return {
    work: ({ partition }) => {
      const work = new Subject<void>()
      running.set(partition, work)
      return work
    },
    end: (partition) => {
      running.get(partition)?.complete()
    }
  }
}

const hasty = { 'heartbeat.interval.ms': 100, 'enable.auto.commit': false }

describe('the end of an assignment', () => {
  it('is told once: what is lost while it is drained is lost, what was drained before is revoked', () => {
    const { clock, cluster, orders, member, rebalances } = rig(2, hasty, 2)
    const { work, end } = byHand()
    orders.pipe(eachPartition((p) => p.pipe(handle(work), commit()))).subscribe()
    clock.advance(500)
    member().subscribe()
    clock.advance(500)
    end(0)
    clock.advance(50)
    expect(rebalances.map(told)).toEqual([
      ['assigned', [0, 1]],
      ['revoking', [0, 1]]
    ])
    cluster.failNext('Heartbeat', 25, 3)
    clock.advance(150)
    expect(rebalances.slice(2, 4).map(told)).toEqual([
      ['revoked', [0]],
      ['lost', [1]]
    ])
  })

  it('is told before the consumer completes, when it is lost while the consumer leaves', () => {
    const { clock, cluster, orders } = rig(1, hasty, 1)
    const { work } = byHand()
    const order: string[] = []
    orders.rebalances.subscribe(({ _tag }) => order.push(_tag))
    orders
      .pipe(eachPartition((p) => p.pipe(handle(work), commit())))
      .subscribe({ complete: () => order.push('complete') })
    clock.advance(500)
    void orders.drain()
    cluster.failNext('Heartbeat', 25)
    clock.advance(10_000)
    expect(order).toEqual(['assigned', 'revoking', 'lost', 'complete'])
    expect(clock.pending).toBe(0)
  })

  it('is no drained one where what is acknowledged could not be stored', async () => {
    const { clock, cluster, orders } = rig(1, hasty, 3)
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit({ withinMs: 5_000 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    cluster.failNext('OffsetCommit', 'disconnect', 1_000)
    const report: Promise<DrainReport> = orders.drain({ timeoutMs: 800 })
    clock.advance(10_000)
    expect(await report).toMatchObject({ outcome: 'deadline', partitions: [{ outcome: 'timed out', committed: null }] })
  })
})

describe('a partition that is kept in a cooperative rebalance', () => {
  it('has its offset stored, though the commit came after the generation was over', () => {
    const cooperative = { ...hasty, 'partition.assignment.strategy': ['cooperative-sticky'] } as const
    const { clock, cluster, orders, member, rebalances, committed, commits } = rig(2, cooperative, 1)
    const { work, end } = byHand()
    orders.pipe(eachPartition((p) => p.pipe(handle(work), commit({ withinMs: 100 })))).subscribe()
    clock.advance(200)
    // Due with the heartbeat that tells of the rebalance, and answered after JoinGroup is sent.
    end(0)
    clock.advance(50)
    member().subscribe()
    cluster.failNext('OffsetCommit', 22)
    clock.advance(5_000)
    expect(rebalances.map(({ _tag }) => _tag)).not.toContain('lost')
    expect(commits.map(({ _tag }) => _tag)).toEqual(['retrying', 'stored'])
    expect(committed()).toEqual([1n, null])
  })
})

describe('a group whose leader is told wrongly of the topics', () => {
  it.each([
    ['that a topic has no leader', 5],
    ['that a topic does not exist', 3]
  ])('assigns everything all the same, though it hears %s while it assigns', (_what, code) => {
    const { clock, cluster, orders, member, committed } = rig(2, hasty, 4)
    const pipeline = eachPartition((p) =>
      p.pipe(
        handle(() => undefined),
        commit({ every: 1 })
      )
    )
    orders.pipe(pipeline).subscribe()
    clock.advance(500)
    // One is heard by the newcomer, the other by the leader as it assigns.
    cluster.failNext('Metadata', code, 2)
    member().pipe(pipeline).subscribe()
    clock.advance(5_000)
    for (let number = 0; number < 4; number++) cluster.produce('orders', { partition: number % 2, value: 'x' })
    clock.advance(5_000)
    expect(committed()).toEqual([4n, 4n])
  })
})

describe('a consumer that leaves while it looks for its position', () => {
  it('leaves nothing scheduled, though the partition has no leader', () => {
    const { clock, cluster, orders } = rig(1, hasty)
    orders.subscribe()
    cluster.failNext('ListOffsets', 6, 2)
    clock.advance(0)
    cluster.failNext('Metadata', 5, 1_000)
    clock.advance(2_000)
    void orders.close()
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })
})
