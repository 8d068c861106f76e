import { isLeft, map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { decodeProducerConfig } from '../../../src/config/producer-config.js'
import { partitionForKey } from '../../../src/core/producing/murmur2.js'
import { crc32c } from '../../../src/core/records/crc32c.js'
import { openProducer } from '../../../src/engine/producing/open-producer.js'
import { commit, consumer, type Consumer, eachPartition, handle, subscribe } from '../../../src/index.js'
import type { ClusterMetadata, KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { BrokerModel } from '../../../src/sources/memory/broker-model.js'
import { memoryProduceCalls } from '../../../src/sources/memory/memory-produce-calls.js'
import { tappedCluster } from '../../support/tapped-cluster.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const formerly = 2
const since = 6

/** What a broker answers that does not know of the new partitions yet. */
const outdated = ({ topics, ...rest }: ClusterMetadata): ClusterMetadata => ({
  ...rest,
  topics: topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.filter(({ partition }) => partition < formerly)
  }))
})

/** The metadata of a cluster of which, while `lags`, the broker that is asked lags behind. */
const metadataOf =
  (calls: Pick<KafkaCalls, 'metadata'>, state: { readonly lags: boolean }): KafkaCalls['metadata'] =>
  (topics) =>
    calls.metadata(topics).pipe(map(mapRight((known) => (state.lags ? outdated(known) : known))))

describe('partitions that were added, and that a broker which lags behind does not know yet', () => {
  const made = (): {
    readonly state: { lags: boolean }
    readonly cluster: ReturnType<typeof tappedCluster>
    readonly member: () => { readonly orders: Consumer; readonly seen: number[]; readonly said: string[] }
  } => {
    const state = { lags: false }
    const cluster = tappedCluster(formerly, (calls) => ({ metadata: metadataOf(calls, state) }))
    const member = (): ReturnType<ReturnType<typeof made>['member']> => {
      const orders = consumer(cluster.cluster, {
        'group.id': 'billing',
        'auto.offset.reset': 'earliest',
        'metadata.max.age.ms': 60_000,
        subscription: subscribe('orders')
      })
      const seen: number[] = []
      const said: string[] = []
      orders.rebalances.subscribe(({ _tag }) => said.push(_tag))
      orders
        .pipe(
          eachPartition((records) =>
            records.pipe(
              handle(({ partition }) => void seen.push(partition)),
              commit()
            )
          )
        )
        .subscribe()
      return { orders, seen, said }
    }
    return { state, cluster, member }
  }

  it('are read on meanwhile, without a rebalance', () => {
    const { state, cluster, member } = made()
    const { clock, model, produce } = cluster
    const { seen, said } = member()
    clock.advance(1_000)
    model.createTopic('orders', since)
    clock.advance(60_000)
    expect(said).toEqual(['assigned', 'assigned'])
    state.lags = true
    clock.advance(60_000)
    produce(5, 'a')
    clock.advance(1_000)
    expect([seen, said]).toEqual([[5], ['assigned', 'assigned']])
  })

  it('are assigned by a leader that has to make another assignment meanwhile', () => {
    const { state, cluster, member } = made()
    const { clock, model } = cluster
    const { orders } = member()
    clock.advance(1_000)
    model.createTopic('orders', since)
    clock.advance(60_000)
    state.lags = true
    // It learns all of them once, and leads later.
    const other = member()
    clock.advance(10_000)
    const held = [orders, other.orders].flatMap((one) => one.positions().map(({ partition }) => partition))
    expect(held.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('are written to meanwhile, and keys keep their partitions', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', since)
    const state = { lags: false }
    const calls = memoryProduceCalls(model)
    const settings = decodeProducerConfig({ 'metadata.max.age.ms': 60_000 })
    if (isLeft(settings)) throw new Error('the configuration is wrong')
    const session = openProducer({
      calls: { ...calls, metadata: metadataOf(calls, state) },
      clock,
      random: () => 0.5,
      settings: settings.right,
      compressor: null,
      checksum: crc32c
    })
    const keys = Array.from({ length: 20 }, (_, key) => `key ${String(key)}`)
    const write = (): readonly number[] => {
      const written: number[] = []
      for (const [at, key] of keys.entries())
        session.send(
          { topic: 't', key, value: '', headers: [] },
          { written: (index, _topic, partition) => (written[index] = partition), failed: () => undefined },
          at
        )
      clock.advance(1_000)
      return written
    }
    const expected = keys.map((key) => partitionForKey(new TextEncoder().encode(key), since))
    expect(write()).toEqual(expected)
    state.lags = true
    for (let minute = 0; minute < 3; minute++) {
      clock.advance(50_000)
      expect(write()).toEqual(expected)
    }
  })
})
