import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map, mergeAll, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import {
  ack,
  assign,
  commit,
  consumer,
  type ConsumerConfig,
  type ConsumerError,
  type ConsumerRecord,
  eachPartition,
  handle,
  subscribe
} from '../../../../src/index.js'
import type { TopicMetadata } from '../../../../src/ports/kafka-calls.js'
import type { MemoryCluster } from '../../../../src/testing.js'
import { manual } from '../../../support/handlers.js'
import { group, rig, type Rig } from '../../../support/rig.js'
import { tappedCluster } from '../../../support/tapped-cluster.js'

const p0 = { topic: 'orders', partition: 0 }

const textOf = ({ value }: ConsumerRecord): string => Buffer.from(value ?? []).toString()

/** Deletes the topic and makes it again, with these records in it. */
const recreate = (cluster: MemoryCluster, partitions: number, ...values: readonly string[]): void => {
  cluster.deleteTopic('orders')
  cluster.createTopic('orders', partitions)
  for (const value of values) cluster.produce('orders', { partition: 0, value })
}

/** Has everything read, handled at once and committed. */
const readAll = (made: Rig): { readonly read: string[]; readonly failed: unknown[] } => {
  const read: string[] = []
  const failed: unknown[] = []
  made.orders
    .pipe(
      eachPartition((records) =>
        records.pipe(
          handle((record) => void read.push(textOf(record))),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: (error: unknown) => failed.push(error) })
  return { read, failed }
}

const eventsOf = ({ events }: Rig, tag: string): readonly unknown[] => events.filter(({ _tag }) => _tag === tag)
const recreated = (...from: readonly (bigint | null)[]): unknown => ({
  _tag: 'recreated',
  topic: 'orders',
  partitions: from.map((position, partition) => ({ partition, from: position }))
})

const policies: readonly Partial<ConsumerConfig>[] = [
  { 'auto.offset.reset': 'earliest' },
  { 'auto.offset.reset': 'latest' }
]

describe('a topic that is deleted and made again', () => {
  // A leader epoch that is lower than the one that was known; and none, where the new log is longer than the former.
  it.each([
    ['whose leader epoch had been above 0', 3],
    ['whose leader had never changed', 0]
  ])('%s, while the partition is paused, is read from its beginning, by either policy', (_what, elections) => {
    for (const policy of policies) {
      const made = rig(1, policy)
      const { read } = readAll(made)
      made.clock.advance(1_000)
      for (let left = elections; left > 0; left--) made.cluster.electLeader(p0)
      for (const value of ['a', 'b', 'c']) made.cluster.produce('orders', { value })
      made.clock.advance(1_000)
      expect([read, made.committed()]).toEqual([['a', 'b', 'c'], [3n]])
      made.orders.pause([p0])
      made.clock.advance(1_000)
      recreate(made.cluster, 1, 'A', 'B', 'C', 'D', 'E')
      made.clock.advance(1_000)
      made.orders.resume([p0])
      made.clock.advance(2_000)
      expect(read).toEqual(['a', 'b', 'c', 'A', 'B', 'C', 'D', 'E'])
      expect(eventsOf(made, 'recreated')).toEqual([recreated(3n)])
      expect(eventsOf(made, 'reset')).toEqual([])
      expect(made.committed()).toEqual([5n])
    }
  })

  it('under back pressure: what is acknowledged of the former one is not committed', () => {
    const made = rig(1, { maxInFlight: 2, 'metadata.max.age.ms': 1_000 }, 4)
    const work = manual()
    const passed: string[] = []
    made.orders
      .pipe(
        eachPartition((records) =>
          records.pipe(handle(work.handler, { concurrency: 2, order: 'none' }), commit({ every: 1 }))
        )
      )
      .subscribe(({ offset }) => passed.push(String(offset)))
    made.clock.advance(1_000)
    made.cluster.electLeader(p0)
    made.clock.advance(1_000)
    expect(work.running()).toEqual([0, 1])
    recreate(made.cluster, 1, '10', '11', '12')
    // The partition is not asked for: age brings the news.
    made.clock.advance(1_000)
    expect(eventsOf(made, 'recreated')).toEqual([recreated(2n)])
    work.finish(0, 1)
    made.clock.advance(10)
    expect([made.committed(), passed]).toEqual([[0n], []])
    work.finish(10, 11)
    made.clock.advance(10)
    work.finish(12)
    made.clock.advance(100)
    expect([made.committed(), passed]).toEqual([[3n], ['1', '2', '3']])
  })

  it('has its beginning stored at once where an offset of the former one may be: the next owner would pass over what is new', () => {
    const made = rig(1, { 'auto.offset.reset': 'latest', 'retry.backoff.ms': 50 })
    const passed: string[] = []
    const reading = eachPartition((records) =>
      records.pipe(
        handle((one) => void passed.push(textOf(one))),
        commit({ withinMs: 60_000 })
      )
    )
    made.orders.pipe(reading).subscribe()
    made.clock.advance(1_000)
    made.cluster.produce('orders', { value: 'a' })
    made.clock.advance(1_000)
    recreate(made.cluster, 1, 'A', 'B')
    made.clock.advance(1_000)
    expect([passed, made.committed()]).toEqual([['a', 'A', 'B'], [0n]])
  })

  it('gets nothing committed of the former one by a member that knows of the deletion only', () => {
    const made = rig(1, { 'retry.backoff.ms': 5_000, 'retry.backoff.max.ms': 5_000 }, 2)
    const work = manual()
    made.orders
      .pipe(
        eachPartition((records) =>
          records.pipe(handle(work.handler, { concurrency: 2, order: 'none' }), commit({ every: 1 }))
        )
      )
      .subscribe()
    made.clock.advance(1_000)
    made.cluster.deleteTopic('orders')
    made.clock.advance(1_000)
    made.cluster.createTopic('orders', 1)
    work.finish(0, 1)
    made.clock.advance(10)
    expect(made.committed()).toEqual([null])
    made.cluster.produce('orders', { value: '2' })
    made.clock.advance(10_000)
    work.finish(2)
    made.clock.advance(10_000)
    expect([made.committed(), eventsOf(made, 'recreated').length]).toEqual([[1n], 1])
  })

  it('is noticed while it is read', () => {
    const made = rig(2, { 'fetch.max.wait.ms': 20_000 }, 6)
    const { read } = readAll(made)
    made.clock.advance(1_000)
    expect(read).toHaveLength(6)
    recreate(made.cluster, 2, 'A', 'B')
    made.clock.advance(1_000)
    expect(read.slice(6)).toEqual(['A', 'B'])
    expect(eventsOf(made, 'recreated')).toEqual([recreated(3n, 3n)])
  })

  it('is read from its beginning by chosen partitions too, wherever they had begun', () => {
    const made = rig(1, { 'group.id': null, subscription: assign([{ ...p0, from: 'end' }]) } as never, 3)
    const { read } = readAll(made)
    made.clock.advance(1_000)
    made.cluster.deleteTopic('orders')
    made.clock.advance(5_000)
    made.cluster.createTopic('orders', 1)
    made.cluster.produce('orders', { value: 'A' })
    made.clock.advance(5_000)
    expect(read).toEqual(['A'])
    expect(eventsOf(made, 'recreated')).toEqual([recreated(3n)])
  })

  it('under auto.offset.reset none is a fault, and nothing more is committed', () => {
    const made = rig(1, { 'auto.offset.reset': 'none', startFrom: () => [[{ ...p0, from: 'beginning' as const }]] })
    const { read, failed } = readAll(made)
    made.cluster.produce('orders', { value: 'a' })
    made.clock.advance(1_000)
    recreate(made.cluster, 1, 'A', 'B')
    made.clock.advance(60_000)
    expect(read).toEqual(['a'])
    expect(failed).toEqual([expect.objectContaining({ fault: { _tag: 'TopicRecreatedFault', ...p0, position: 1n } })])
    expect(made.committed()).toEqual([null])
  })

  it('while it is drained: its work is finished, and not committed, whoever asks for it', async () => {
    const made = rig(1, { 'metadata.max.age.ms': 1_000 }, 2)
    const work = manual()
    made.orders
      .pipe(
        eachPartition((records) =>
          records.pipe(handle(work.handler, { concurrency: 2, order: 'none' }), commit({ every: 1 }))
        )
      )
      .subscribe()
    made.clock.advance(1_000)
    void made.orders.drain()
    made.clock.advance(10)
    recreate(made.cluster, 1)
    made.clock.advance(5_000)
    const refused = expect(made.orders.commitSync([{ ...p0, offset: 2n }])).rejects.toMatchObject({
      fault: { _tag: 'OffsetRefusedFault' }
    })
    work.finish(0, 1)
    made.clock.advance(10_000)
    await refused
    expect(made.committed()).toEqual([null])
  })
})

/** A group of one whose coordinator has this offset stored of a log that has three records, led by its first leader. */
const stored = (offset: bigint, leaderEpoch: number, policy: Partial<ConsumerConfig>): readonly unknown[] => {
  const { clock, model, cluster, produce } = tappedCluster(1, () => ({}))
  produce(0, 'A', 'B', 'C')
  model.offsets(group).store(p0, { offset, leaderEpoch, metadata: '' })
  const reader = consumer(cluster, { 'group.id': group, subscription: subscribe('orders'), ...policy })
  const said: unknown[] = []
  reader.events.subscribe((event) => event._tag !== 'stopped' && said.push(event))
  const run = reader.pipe(
    eachPartition((records) =>
      records.pipe(
        tap(({ offset: at }) => said.push(at)),
        commit({ every: 1 })
      )
    )
  )
  run.subscribe({ error: (error: unknown) => said.push((error as ConsumerError).fault) })
  clock.advance(5_000)
  void reader.close()
  clock.advance(60_000)
  return said
}

describe('a committed offset that a group has of a former topic', () => {
  it('is known by an epoch that the leader has not reached, and the new topic is read from its beginning', () => {
    for (const policy of policies) expect(stored(2n, 3, policy)).toEqual([recreated(2n), 0n, 1n, 2n])
  })

  it('is a fault under auto.offset.reset none', () => {
    const fault = { _tag: 'TopicRecreatedFault', ...p0, position: 2n }
    expect(stored(2n, 3, { 'auto.offset.reset': 'none' })).toEqual([recreated(2n), fault])
  })

  it('is read on from where nothing shows that it is one', () => {
    expect(stored(2n, 0, {})).toEqual([2n])
    expect(stored(2n, -1, {})).toEqual([2n])
  })

  it('beyond the end of the log is reset, which is said', () => {
    const reset = { _tag: 'reset', ...p0, from: 9n, to: 0n, policy: 'earliest', logStart: 0n, logEnd: 3n }
    expect(stored(9n, 0, { 'auto.offset.reset': 'earliest' })).toEqual([reset, 0n, 1n, 2n])
  })
})

describe('what metadata says of a topic', () => {
  /** A reader whose brokers describe the topic as this says. */
  const reading = (describe: (now: TopicMetadata) => TopicMetadata) => {
    const trial = tappedCluster(1, (calls) => ({
      metadata: (topics) =>
        calls.metadata(topics).pipe(map(mapRight((answer) => ({ ...answer, topics: answer.topics.map(describe) }))))
    }))
    const reader = consumer(trial.cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      'metadata.max.age.ms': 100,
      subscription: subscribe('orders')
    })
    const said: string[] = []
    reader.events.subscribe(({ _tag }) => said.push(_tag))
    reader.pipe(mergeAll(), ack()).subscribe((record) => said.push(textOf(record)))
    return { ...trial, said }
  }

  it('by a broker that lags behind, of the former one, changes nothing', () => {
    let former: TopicMetadata | null = null
    let turn = 0
    const { clock, model, produce, said } = reading((now) => {
      former ??= now
      return ++turn % 2 === 0 ? former : now
    })
    produce(0, 'a')
    clock.advance(1_000)
    model.deleteTopic('orders')
    model.createTopic('orders', 1)
    produce(0, 'A')
    clock.advance(10_000)
    expect(said.filter((one) => one !== 'waiting')).toEqual(['a', 'recreated', 'A'])
  })

  // OffsetFetch goes by name: whether the offset is of this topic or of the former one, nobody can tell.
  it('too late, when the group has an offset stored already, has the new one read from its beginning', () => {
    let former: TopicMetadata | null = null
    let isLate = true
    const { clock, model, produce, said } = reading((now) => {
      former ??= now
      return isLate ? former : now
    })
    clock.advance(5)
    model.deleteTopic('orders')
    model.createTopic('orders', 1)
    produce(0, 'A', 'B')
    model.offsets(group).store(p0, { offset: 2n, leaderEpoch: -1, metadata: '' })
    clock.advance(1_000)
    isLate = false
    produce(0, 'C')
    clock.advance(5_000)
    expect(said.filter((one) => one !== 'waiting' && one !== 'recovered')).toEqual(['recreated', 'A', 'B', 'C'])
  })

  it('that it is not there, though it comes back as the same, changes nothing', () => {
    let isThere = true
    const { clock, produce, said } = reading((now) =>
      isThere ? now : { ...now, topicId: null, code: errorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }
    )
    produce(0, 'a')
    clock.advance(1_000)
    isThere = false
    clock.advance(50)
    isThere = true
    clock.advance(2_000)
    produce(0, 'b')
    clock.advance(5_000)
    expect(said.filter((one) => one !== 'waiting')).toEqual(['a', 'b'])
  })
})
