import { from, lastValueFrom, mergeAll, tap } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  type Cluster,
  commit,
  consumer,
  type Consumer,
  type ConsumerRecord,
  produceTo,
  subscribe
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { type Collected, collect, until } from '../support/collect.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { uniqueName } from '../support/kafka.js'
import { startThreeNodes, type ThreeNodes } from '../support/three-nodes.js'
import { upTo } from '../support/witness.js'

const textOf = (record: ConsumerRecord): string => new TextDecoder().decode(record.value ?? undefined)
const numerically = (texts: readonly string[]): readonly number[] => texts.map(Number).sort((a, b) => a - b)

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'three nodes, each behind a network of its own',
  () => {
    let nodes: ThreeNodes
    let proxies: readonly FaultProxy[] = []
    let cluster: Cluster
    beforeAll(async () => {
      const ports = (): readonly number[] => nodes.brokers.split(',').map((broker) => Number(broker.split(':')[1]))
      const target = (index: number) => () => ports()[index] ?? 0
      proxies = await Promise.all([0, 1, 2].map((index) => faultProxy({ target: target(index), seed: index + 1 })))
      nodes = await startThreeNodes(proxies.map(({ port }) => port))
      const bootstrap = proxies.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')
      cluster = kafka({ 'bootstrap.servers': bootstrap, 'request.timeout.ms': 5_000 })
    })
    afterEach(() => {
      for (const proxy of proxies) {
        proxy.trouble({})
        proxy.freeze(false)
        proxy.answerFromThePast(false)
      }
    })
    afterAll(async () => {
      for (const proxy of proxies) await proxy.stop()
      await nodes.stop()
    })

    const createTopic = async (name: string): Promise<string> => {
      const topic = uniqueName(name)
      await nodes.createTopic(topic, [
        [1, 2, 3],
        [2, 3, 1],
        [3, 1, 2]
      ])
      return topic
    }
    const send = async (topic: string, first: number, count: number): Promise<void> => {
      const records = upTo(count).map((n) => ({ key: String(n % 10), value: String(first + n) }))
      await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
    }
    /** A member that acknowledges and commits everything it sees. */
    const member = (topic: string): { reader: Consumer; seen: string[]; run: Collected<unknown> } => {
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        'heartbeat.interval.ms': 300,
        'session.timeout.ms': 10_000,
        'retry.backoff.max.ms': 500,
        subscription: subscribe(topic)
      })
      const seen: string[] = []
      const run = collect(
        reader.pipe(
          mergeAll(),
          tap((record) => seen.push(textOf(record))),
          commit({ every: 50, withinMs: 100 })
        )
      )
      return { reader, seen, run }
    }
    const committed = (reader: Consumer): number =>
      reader.positions().reduce((sum, one) => sum + Number(one.committed ?? 0n), 0)

    it('goes on when a node answers metadata and FindCoordinator from the past, as one that is cut off from the controller', async () => {
      const topic = await createTopic('past')
      const { reader, seen, run } = member(topic)
      await send(topic, 0, 300)
      await until(() => committed(reader) === 300, 'what was there before')
      for (const liar of [0, 2]) {
        proxies[liar]?.answerFromThePast(true)
        await nodes.kill(2)
        const [from, asked] = [seen.length, proxies.map((proxy) => proxy.requests(3))]
        await send(topic, from, 300)
        await until(() => seen.length === from + 300 && committed(reader) === from + 300, 'what was written meanwhile')
        // A broker that contradicts itself is not asked over and over.
        const more = proxies.map((proxy, index) => proxy.requests(3) - (asked[index] ?? 0))
        expect(Math.max(...more)).toBeLessThan(300)
        proxies[liar]?.answerFromThePast(false)
        await nodes.restart(2)
      }
      await reader.drain()
      expect(await run.ended).toBe('complete')
      expect(numerically(seen)).toEqual(upTo(600 + 300))
    })

    it('reads and writes when every answer comes byte by byte', async () => {
      const topic = await createTopic('slices')
      for (const proxy of proxies) proxy.trouble({ sliceBytes: 1 })
      await send(topic, 0, 100)
      const { reader, seen, run } = member(topic)
      await until(() => committed(reader) === 100, 'all records')
      await reader.drain()
      expect(await run.ended).toBe('complete')
      expect(numerically(seen)).toEqual(upTo(100))
    })

    it.each(['to the broker', 'to the client', 'both'] as const)(
      'is read on from when connections are forgotten one way: %s',
      async (way) => {
        const topic = await createTopic('one-way')
        const { reader, seen, run } = member(topic)
        await send(topic, 0, 100)
        await until(() => committed(reader) === 100, 'what was there before')
        for (const proxy of proxies) proxy.forget(way)
        await send(topic, 100, 100)
        await until(() => committed(reader) === 200, 'what came after')
        await reader.drain()
        expect(await run.ended).toBe('complete')
        // What was being committed when nothing passed may come again.
        expect(new Set(seen.map(Number))).toEqual(new Set(upTo(200)))
      }
    )

    it.each([1, 2, 3])(
      'loses nothing, and writes nothing twice, while answers are late and connections cut at any request (%i)',
      async (seed) => {
        const topic = await createTopic('cut')
        const troubles = [
          { delayMs: 1, jitterMs: 30, cutBefore: 0.02, cutAfter: 0.02 },
          { jitterMs: 60, cutAfter: 0.05, reset: true, sliceBytes: 100 },
          { cutBefore: 0.05, bytesPerSecond: 100_000 }
        ]
        proxies.forEach((proxy, index) => {
          proxy.trouble(troubles[(index + seed) % 3] ?? {})
        })
        const members = [member(topic), member(topic)]
        for (let first = 0; first < 1_000; first += 50) await send(topic, first, 50)
        await until(() => new Set(members.flatMap(({ seen }) => seen)).size === 1_000, 'every record')
        for (const proxy of proxies) proxy.trouble({})
        for (const { reader } of members) await reader.drain()
        for (const { run } of members) expect(await run.ended).toBe('complete')
        // What is in the log, and what the group has committed: each record once, and nothing is left.
        const later = member(topic)
        await send(topic, 1_000, 50)
        await until(() => later.seen.length >= 50, 'what came last')
        await later.reader.drain()
        expect(numerically(later.seen)).toEqual(upTo(50).map((n) => n + 1_000))
        expect(await written(topic)).toEqual(upTo(1_050))
      }
    )

    /** Everything in the topic's log. */
    const written = async (topic: string): Promise<readonly number[]> => {
      const reader = consumer(cluster, {
        'group.id': uniqueName('check'),
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic)
      })
      const seen: string[] = []
      const run = collect(
        reader.pipe(
          mergeAll(),
          tap((record) => seen.push(textOf(record)))
        )
      )
      await until(() => reader.positions().length === 3 && reader.positions().every(({ lag }) => lag === 0n), 'the end')
      await reader.close()
      await run.ended
      return numerically(seen)
    }
  }
)
