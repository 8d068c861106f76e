import { type Either, isRight } from 'fp-ts/lib/Either.js'
import { Socket } from 'node:net'
import { lastValueFrom, mergeMap, range, Subject, takeUntil, tap, timer, zipWith } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { type Committed, type Fault, producer } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { javaReads } from '../support/java-records.js'
import { uniqueName } from '../support/kafka.js'
import { startThreeNodes, type ThreeNodes } from '../support/three-nodes.js'

const partitions = 6
/** How often a leader is killed or stopped, and how long connections are cut; more for a long run. */
const outages = Number(process.env['OUTAGES'] ?? 2)
const cutMs = Number(process.env['CUT_MS'] ?? 10_000)
const patience = { timeout: 120_000 + outages * 60_000 + cutMs }

/** Where a record stands; -1 where the broker knew it again and did not say. */
const placeOf = ({ partition, offset }: { readonly partition: number; readonly offset: number | bigint }): string =>
  `${String(partition)}@${String(offset)}`

const onNodes = inject('kafkaBrokers') !== null && process.env['KAFKA_BROKERS'] === undefined

// Nodes of its own, to be killed; where only KAFKA_BROKERS is given there is nothing that may be killed.
describe.skipIf(!onNodes)('a producer and leaders', () => {
  let nodes: ThreeNodes
  beforeAll(async () => {
    nodes = await startThreeNodes()
  })
  afterAll(() => nodes.stop())

  const newTopic = async (prefix: string): Promise<string> => {
    const topic = uniqueName(prefix)
    const replicas = Array.from({ length: partitions }, (_, n) => [0, 1, 2].map((more) => ((n + more) % 3) + 1))
    await nodes.createTopic(topic, replicas, { 'min.insync.replicas': '2' })
    return topic
  }

  /** Writes while something goes wrong, and holds what was told against what Java's consumer finds. */
  const writesThrough = async (
    topic: string,
    trouble: (progress: (more: number) => Promise<void>) => Promise<void>
  ): Promise<void> => {
    const writer = producer(kafka({ 'bootstrap.servers': nodes.brokers }), {
      'request.timeout.ms': 5_000,
      'linger.ms': 1
    })
    const outcomes: (Either<Fault, Committed> | undefined)[] = []
    const stop = new Subject<void>()
    let given = 0
    const load = lastValueFrom(
      timer(0, 5).pipe(
        takeUntil(stop),
        mergeMap(() => {
          const first = given
          const records = Array.from({ length: 12 }, (_, n) => ({
            topic,
            partition: (first + n) % partitions,
            value: String(first + n)
          }))
          given += records.length
          return writer.sendAll(records).pipe(tap(({ index, outcome }) => (outcomes[first + index] = outcome)))
        })
      )
    )
    await trouble(async (more) => {
      const before = outcomes.length
      await expect.poll(() => outcomes.length, { timeout: 60_000 }).toBeGreaterThan(before + more)
    })
    stop.next()
    await load
    await writer.close()
    expect(outcomes.filter((outcome) => outcome === undefined || !isRight(outcome))).toEqual([])
    expect(outcomes).toHaveLength(given)
    const found = await javaReads(nodes.brokers, topic)
    expect(found, 'none is lost, none stands twice').toHaveLength(given)
    const places = new Map(found.map((record) => [Number(record.value?.toString()), placeOf(record)]))
    const wrong = outcomes.flatMap((outcome, number) => {
      if (outcome === undefined || !isRight(outcome) || outcome.right.offset < 0n) return []
      return placeOf(outcome.right) === places.get(number) ? [] : [number]
    })
    expect(wrong, 'each stands where it was said').toEqual([])
    expect(places.size).toBe(given)
    for (let partition = 0; partition < partitions; partition++) {
      const numbers = found
        .filter((record) => record.partition === partition)
        .map(({ value }) => Number(value?.toString()))
      expect(numbers, 'the order is that of the calls').toEqual([...numbers].sort((a, b) => a - b))
    }
  }

  it('that are killed: no record is lost, none stands twice, the order holds', patience, async () => {
    const topic = await newTopic('killed')
    await writesThrough(topic, async (progress) => {
      for (let outage = 0; outage < outages; outage++) {
        await progress(300)
        const victim = await nodes.leaderOf(topic, outage % partitions)
        await nodes.kill(victim)
        await progress(600)
        await nodes.restart(victim)
      }
    })
  })

  it('that stand still for 15 s: no record is lost, none stands twice, the order holds', patience, async () => {
    const topic = await newTopic('stopped')
    await writesThrough(topic, async (progress) => {
      for (let outage = 0; outage < outages / 2; outage++) {
        await progress(300)
        const victim = await nodes.leaderOf(topic, outage % partitions)
        nodes.signal(victim, 'SIGSTOP')
        await lastValueFrom(timer(15_000))
        nodes.signal(victim, 'SIGCONT')
        await progress(600)
      }
    })
  })

  it(
    'whose connections are cut all the time: no record is lost, none stands twice, the order holds',
    patience,
    async () => {
      const topic = await newTopic('cut')
      const connect = vi.spyOn(Socket.prototype, 'on')
      const cut = (): void => {
        for (const socket of new Set(connect.mock.contexts as Socket[])) socket.destroy()
        connect.mockClear()
      }
      try {
        await writesThrough(topic, async (progress) => {
          const end = Date.now() + cutMs
          while (Date.now() < end) {
            await lastValueFrom(timer(500 + Math.random() * 1_000))
            cut()
          }
          connect.mockRestore()
          await progress(100)
        })
      } finally {
        connect.mockRestore()
      }
    }
  )

  it('with too few replicas in sync: told so after delivery.timeout.ms, as what may pass', patience, async () => {
    const topic = uniqueName('replicas')
    await nodes.createTopic(topic, [[1, 2]], { 'min.insync.replicas': '2' })
    const cluster = kafka({ 'bootstrap.servers': nodes.brokers })
    await nodes.kill(2)
    const writer = producer(cluster, { 'delivery.timeout.ms': 15_000, 'request.timeout.ms': 1_000 })
    const faults: Fault[] = []
    await lastValueFrom(
      range(0, 30).pipe(
        zipWith(timer(0, 500)),
        mergeMap(() => writer.sendAll([{ topic, value: 'a' }]).pipe()),
        tap(({ outcome }) => {
          if (!isRight(outcome)) faults.push(outcome.left)
        })
      )
    )
    await nodes.restart(2)
    await writer.close()
    expect(faults.at(-1)).toMatchObject({ _tag: 'ProduceFault', trouble: 'not enough replicas', permanent: false })
  })
})
