import type { Observable } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  commit,
  type ConsumerRecord,
  consumer,
  deadLetter,
  delayUntil,
  eachPartition,
  fanOut,
  type PartitionStream,
  retryLater,
  subscribe,
  writeTo
} from '../../../src/index.js'
import { type MemoryCluster, memoryCluster } from '../../../src/testing.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const minuteMs = 60_000

/** A machine whose calendar is set, or which slept. Its timers do not hear of it. */
class SetClock extends VirtualClock {
  aheadMs = 0

  override wallTime(): number {
    return super.wallTime() + this.aheadMs
  }
}

const textOf = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined)
const due = (record: ConsumerRecord): number => Number(textOf(record))

describe('a clock that is set', () => {
  let clock: SetClock
  let cluster: MemoryCluster
  let seenAt: number[]
  const note = (): void => {
    seenAt.push(clock.now())
  }
  const run = (
    topics: readonly string[],
    project: (partition: PartitionStream) => Observable<ConsumerRecord>
  ): void => {
    consumer(cluster, { 'group.id': 'g', 'auto.offset.reset': 'earliest', subscription: subscribe(...topics) })
      .pipe(eachPartition((partition) => project(partition).pipe(commit({ every: 1 }))))
      .subscribe()
  }
  const readAgain = (partition: PartitionStream): Observable<ConsumerRecord> =>
    partition.pipe(delayUntil(due), writeTo(note))
  const inMemory = (partition: PartitionStream): Observable<ConsumerRecord> =>
    partition.pipe(fanOut(readAgainWithin, readAgainWithin))
  const readAgainWithin = (branch: Observable<ConsumerRecord>): Observable<ConsumerRecord> =>
    branch.pipe(delayUntil(due), writeTo(note))

  beforeEach(() => {
    clock = new SetClock()
    cluster = memoryCluster({ topics: { orders: 1, 'orders.retry.10m': 1, dead: 1 }, time: clock })
    seenAt = []
  })

  it.each([
    ['that is read again', readAgain, 1],
    ['that waits in memory', inMemory, 2]
  ] as const)('forward: a record of delayUntil %s is passed on within a minute', (_where, project, times) => {
    cluster.produce('orders', { value: String(10 * minuteMs) })
    run(['orders'], project)
    clock.advance(5 * minuteMs)
    expect(seenAt).toEqual([])
    clock.aheadMs = 60 * minuteMs
    clock.advance(minuteMs)
    expect(seenAt).toHaveLength(times)
  })

  it.each([
    ['that is read again', readAgain, 1],
    ['that waits in memory', inMemory, 2]
  ] as const)('back: a record of delayUntil %s waits for its time', (_where, project, times) => {
    cluster.produce('orders', { value: String(10 * minuteMs) })
    run(['orders'], project)
    clock.advance(5 * minuteMs)
    clock.aheadMs = -5 * minuteMs
    clock.advance(9 * minuteMs)
    expect(seenAt).toEqual([])
    clock.advance(2 * minuteMs)
    expect(seenAt).toEqual(Array.from({ length: times }, () => 15 * minuteMs))
  })

  it('forward: a record of a retry topic is tried again within a minute', () => {
    const retries = retryLater(cluster, {
      topic: 'orders.retry',
      tiers: ['10m'],
      then: deadLetter(cluster, { topic: 'dead' })
    })
    cluster.produce('orders', { value: 'a' })
    let attempts = 0
    run(['orders', ...retries.topics], (partition) =>
      partition.pipe(
        writeTo(
          () => {
            if (++attempts === 1) throw new Error('not now')
            note()
          },
          { onFailure: retries }
        )
      )
    )
    clock.advance(5 * minuteMs)
    expect([attempts, seenAt]).toEqual([1, []])
    clock.aheadMs = 60 * minuteMs
    clock.advance(61_000)
    expect([attempts, seenAt.length]).toEqual([2, 1])
  })
})
