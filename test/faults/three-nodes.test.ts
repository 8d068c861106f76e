import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, lastValueFrom, mergeAll, tap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import {
  type Cluster,
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  ConsumerError,
  type ConsumerRecord,
  produceTo,
  subscribe
} from '../../src/index.js'
import { realClock } from '../../src/internal/real-clock.js'
import { kafka } from '../../src/kafka.js'
import type { KafkaCalls } from '../../src/ports/kafka-calls.js'
import { checksum } from '../../src/sources/kafka/checksum.js'
import { decompress } from '../../src/sources/kafka/decompress.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { openSession } from '../../src/engine/open-session.js'
import { type Collected, collect, until } from '../support/collect.js'
import { deleteTopic } from '../support/delete-topic.js'
import { uniqueName } from '../support/kafka.js'
import { startThreeNodes, type ThreeNodes } from '../support/three-nodes.js'

const textOf = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined)

// Nodes of its own, to be killed; where only KAFKA_BROKERS is given there is nothing that may be killed.
describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)('on three nodes', () => {
  let nodes: ThreeNodes
  let cluster: Cluster
  beforeAll(async () => {
    nodes = await startThreeNodes()
    cluster = kafka({ 'bootstrap.servers': nodes.brokers })
  })
  afterAll(() => nodes.stop())

  const send = async (topic: string, first: number, count: number, partition?: number): Promise<void> => {
    const records = Array.from({ length: count }, (_, index) => ({
      value: String(first + index),
      ...(partition === undefined ? { key: String(index) } : { partition })
    }))
    await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
  }

  /** A group of one that acknowledges and stores everything it sees. */
  const read = (
    topic: string,
    config: Partial<ConsumerConfig> = {},
    of: Cluster = cluster
  ): { readonly reader: Consumer; readonly seen: string[]; readonly run: Collected<unknown> } => {
    const reader = consumer(of, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'heartbeat.interval.ms': 300,
      'session.timeout.ms': 30_000,
      'retry.backoff.max.ms': 500,
      subscription: subscribe(topic),
      ...config
    })
    const seen: string[] = []
    const kept = reader.pipe(
      mergeAll(),
      tap((record) => seen.push(textOf(record))),
      commit({ every: 50, withinMs: 100 })
    )
    return { reader, seen, run: collect(kept) }
  }

  const stored = (reader: Consumer, count: number): boolean =>
    reader.positions().reduce((sum, { committed }) => sum + (committed ?? 0n), 0n) === BigInt(count)

  /** Reads while a node is killed and comes back; every record once, all of them committed. */
  const survives = async (topic: string, victimOf: () => Promise<number>): Promise<void> => {
    await nodes.createTopic(topic, [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2]
    ])
    const { reader, seen, run } = read(topic)
    const rebalances = collect(reader.rebalances)
    await send(topic, 0, 300)
    await until(() => seen.length >= 300 && stored(reader, 300), 'what was there before')
    const victim = await victimOf()
    await nodes.kill(victim)
    await send(topic, 300, 300)
    await until(() => seen.length >= 600 && stored(reader, 600), 'what came while the node was down')
    await nodes.restart(victim)
    await send(topic, 600, 300)
    await until(() => seen.length >= 900 && stored(reader, 900), 'what came when it was back')
    await reader.drain()
    expect(await run.ended).toBe('complete')
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 900 }, (_, n) => n))
    expect(rebalances.values.filter(({ _tag }) => _tag === 'lost')).toEqual([])
  }

  it('a partition is read on from its new leader, and nothing twice', async () => {
    const topic = uniqueName('leader')
    await survives(topic, () => nodes.leaderOf(topic, 0))
  })

  it('a group goes on with its new coordinator: no record twice, no commit lost', async () => {
    const topic = uniqueName('coordinator')
    await survives(topic, () => nodes.coordinatorOf(topic))
  })

  it('a log that an unclean election has cut is read on where it diverges', async () => {
    const topic = uniqueName('truncated')
    const [leader, follower] = [1, 2]
    await nodes.createTopic(topic, [[leader, follower]], {
      'unclean.leader.election.enable': 'true',
      'min.insync.replicas': '1'
    })
    const { reader, seen, run } = read(topic)
    const events = collect(reader.events)
    await send(topic, 0, 10, 0)
    await until(() => seen.length >= 10, 'what both replicas have')
    await nodes.kill(follower)
    await send(topic, 10, 10, 0)
    await until(() => seen.length >= 20, 'what only the leader has')
    await nodes.kill(leader)
    await nodes.restart(follower)
    // More than was lost: the position is inside the new log.
    await send(topic, 100, 15, 0)
    await until(() => seen.length >= 35, 'what the new leader has')
    expect(seen.slice(20)).toEqual(Array.from({ length: 15 }, (_, n) => String(100 + n)))
    expect(events.values.filter(({ _tag }) => _tag === 'truncated')).toMatchObject([
      { topic, partition: 0, from: 20n, to: 10n }
    ])
    await nodes.restart(leader)
    await reader.drain()
    expect(await run.ended).toBe('complete')
  })

  // The epochs of the new one are lower than that which was known, as in an answer from the past.
  it('a topic whose leader had changed is read from its beginning once it is made again, by who had paused and by who comes', async () => {
    const topic = uniqueName('recreated')
    const place = { topic, partition: 0 }
    await nodes.createTopic(topic, [[1, 2]], { 'min.insync.replicas': '1' })
    const { reader, seen, run } = read(topic, { 'fetch.max.wait.ms': 10 })
    const events = collect(reader.events)
    await send(topic, 0, 10, 0)
    await until(() => stored(reader, 10), 'what the first leader has')
    const leader = await nodes.leaderOf(topic, 0)
    await nodes.kill(leader)
    await send(topic, 10, 10, 0)
    await until(() => stored(reader, 20), 'what the second leader has')
    await nodes.restart(leader)
    const epoch = await leaderEpoch(nodes.brokers, topic)
    reader.pause([place])
    await deleteTopic(nodes.brokers, topic)
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
    const newEpoch = await leaderEpoch(nodes.brokers, topic)
    expect([epoch > newEpoch, newEpoch]).toEqual([true, 0])
    await send(topic, 100, 5, 0)
    reader.resume([place])
    await until(() => stored(reader, 5), 'what the new topic has')
    await reader.drain()
    expect(await run.ended).toBe('complete')
    await send(topic, 105, 5, 0)
    const next = read(topic)
    await until(() => stored(next.reader, 10), 'what came after')
    await next.reader.drain()
    expect(await next.run.ended).toBe('complete')
    const from = (first: number, count: number): readonly string[] =>
      Array.from({ length: count }, (_, n) => String(first + n))
    expect([seen, next.seen]).toEqual([[...from(0, 20), ...from(100, 5)], from(105, 5)])
    expect(events.values.filter(({ _tag }) => _tag === 'recreated')).toMatchObject([
      { topic, partitions: [{ from: 20n }] }
    ])
  })

  it('a reader reads from the replica in its rack, and from the leader once that is gone', async () => {
    const topic = uniqueName('follower')
    const [leader, follower] = [1, 2]
    await nodes.createTopic(topic, [[leader, follower]], { 'min.insync.replicas': '1' })
    const asked: number[] = []
    const { reader, seen, run } = read(topic, { 'client.rack': 'rack-2' }, withFetches(nodes.brokers, asked))
    await send(topic, 0, 10, 0)
    await until(() => seen.length >= 10, 'what is read from the follower')
    await until(() => asked.at(-1) === follower, 'the follower is asked')
    await nodes.kill(follower)
    await send(topic, 10, 10, 0)
    await until(() => seen.length >= 20, 'what is read from the leader')
    await until(() => asked.at(-1) === leader, 'the leader is asked')
    await nodes.restart(follower)
    await reader.drain()
    expect(await run.ended).toBe('complete')
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => String(n)))
  })

  it.each(['range', 'cooperative-sticky'] as const)(
    'members get the partitions of their rack by %s',
    async (assignor) => {
      const topic = uniqueName('racks')
      await nodes.createTopic(topic, [[2], [3], [2], [3]], { 'min.insync.replicas': '1' })
      const readers = ['rack-3', 'rack-2'].map((rack) =>
        read(topic, { 'client.rack': rack, 'partition.assignment.strategy': [assignor] })
      )
      const held = (): readonly (readonly number[])[] =>
        readers.map(({ reader }) =>
          reader
            .positions()
            .map(({ partition }) => partition)
            .sort()
        )
      await until(() => JSON.stringify(held()) === '[[1,3],[0,2]]', 'each has those of its rack')
      for (const { reader, run } of readers) {
        await reader.drain()
        expect(await run.ended).toBe('complete')
      }
    }
  )
})

const leaderEpoch = async (brokers: string, topic: string): Promise<number> => {
  const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const calls = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
  try {
    // A broker may hear of a new topic later than others.
    for (;;) {
      const known = await firstValueFrom(calls.metadata([topic]))
      if (isLeft(known)) throw new ConsumerError(known.left)
      const [partition] = known.right.topics[0]?.partitions ?? []
      if (partition !== undefined && partition.leader >= 0) return partition.leaderEpoch
    }
  } finally {
    calls.close()
  }
}

/** The cluster, and which node each fetch was sent to. */
const withFetches = (brokers: string, asked: number[]): Cluster => {
  const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return {
    ...kafka({ 'bootstrap.servers': brokers }),
    openConsumer: (consumerSettings, handlers) => {
      const calls = kafkaCalls(settings.right, consumerSettings)
      const fetch: KafkaCalls['fetch'] = (node, request) => {
        asked.push(node)
        return calls.fetch(node, request)
      }
      const context = {
        clock: realClock,
        random: Math.random,
        settings: consumerSettings,
        handlers,
        decompress,
        checksum
      }
      return openSession({ ...context, calls: { ...calls, fetch } })
    }
  }
}
