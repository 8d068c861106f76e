import { type Either, isRight } from 'fp-ts/lib/Either.js'
import { lastValueFrom, mergeMap, range, takeWhile, tap, timer, zipWith } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Committed, type Fault, producer } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { javaReads } from '../support/java-records.js'
import { uniqueName } from '../support/kafka.js'
import { startThreeNodes, type ThreeNodes } from '../support/three-nodes.js'

const partitions = 6
/** How often a leader is killed or stopped; more for a long run. */
const outages = Number(process.env['OUTAGES'] ?? 2)

// Nodes of its own, to be killed; where only KAFKA_BROKERS is given there is nothing that may be killed.
describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a producer whose leaders die',
  () => {
    // prettier-ignore
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

    it(
      'no confirmed record is lost, none stands twice, and the order of a partition is that of the calls',
      { timeout: 120_000 + outages * 60_000 },
      async () => {
        // prettier-ignore
        const topic = await newTopic('leaders')
        const cluster = kafka({ 'bootstrap.servers': nodes.brokers })
        const writer = producer(cluster, { 'request.timeout.ms': 5_000, 'linger.ms': 1 })
        const outcomes: (Either<Fault, Committed> | undefined)[] = []
        let running = true
        let given = 0
        const load = lastValueFrom(
          timer(0, 5).pipe(
            takeWhile(() => running),
            mergeMap(() => {
              const first = given
              const records = Array.from({ length: 12 }, (_, n) => ({ topic, partition: (first + n) % partitions, value: String(first + n) })) // prettier-ignore
              given += records.length
              return writer.sendAll(records).pipe(
                tap(({ index, outcome }) => {
                  outcomes[first + index] = outcome
                })
              )
            })
          )
        )
        for (let outage = 0; outage < outages; outage++) {
          const before = outcomes.length
          await expect.poll(() => outcomes.length, { timeout: 30_000 }).toBeGreaterThan(before + 300)
          const victim = await nodes.leaderOf(topic, outage % partitions)
          await nodes.kill(victim)
          const during = outcomes.length
          await expect.poll(() => outcomes.length, { timeout: 60_000 }).toBeGreaterThan(during + 600)
          await nodes.restart(victim)
        }
        running = false
        await load
        await writer.close()
        const found = await javaReads(nodes.brokers, topic)
        const places = new Map<number, { readonly partition: number; readonly offset: number }[]>()
        for (const { value, partition, offset } of found) {
          const number = Number(value)
          places.set(number, [...(places.get(number) ?? []), { partition, offset }])
        }
        const lost: number[] = []
        for (let number = 0; number < given; number++) {
          const outcome = outcomes[number]
          expect(outcome, `record ${String(number)} was told of`).toBeDefined()
          if (outcome === undefined || !isRight(outcome)) continue
          const here = places.get(number)?.some(({ partition, offset }) => partition === outcome.right.partition && BigInt(offset) === outcome.right.offset) // prettier-ignore
          if (here !== true) lost.push(number)
        }
        expect(lost, 'confirmed, and not where it was said').toEqual([])
        expect([...places].filter(([, at]) => at.length > 1), 'twice').toEqual([]) // prettier-ignore
        for (let partition = 0; partition < partitions; partition++) {
          const numbers = found.filter((record) => record.partition === partition).map(({ value }) => Number(value))
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        }
        expect(outcomes.filter((outcome) => outcome !== undefined && !isRight(outcome)).length).toBe(0)
      }
    )

    it(
      'too few replicas in sync is told after delivery.timeout.ms, and that the record was not written',
      { timeout: 120_000 },
      async () => {
        // prettier-ignore
        const topic = uniqueName('replicas')
        await nodes.createTopic(topic, [[1, 2]], { 'min.insync.replicas': '2' })
        const cluster = kafka({ 'bootstrap.servers': nodes.brokers })
        await nodes.kill(2)
        const writer = producer(cluster, { 'delivery.timeout.ms': 15_000, 'request.timeout.ms': 1_000 })
        // Until the leader knows that its follower is gone it waits for it: those may have been written.
        const faults: Fault[] = []
        await lastValueFrom(
          range(0, 30).pipe(
            zipWith(timer(0, 500)),
            mergeMap(() => writer.sendAll([{ topic, value: 'a' }])),
            tap(({ outcome }) => {
              if (!isRight(outcome)) faults.push(outcome.left)
            })
          )
        )
        await nodes.restart(2)
        await writer.close()
        expect(faults.length).toBeGreaterThan(0)
        expect(faults.at(-1)).toMatchObject({ _tag: 'ProduceFault', trouble: 'not enough replicas', permanent: false })
      }
    )
  }
)
