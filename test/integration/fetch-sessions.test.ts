import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { decodeConsumerConfig } from '../../src/config/consumer-config.js'
import { errorCode } from '../../src/core/protocol/error-code.js'
import { commit, ConsumerError, consumer, eachPartition, handle, produceTo, subscribe } from '../../src/index.js'
import type { Cluster } from '../../src/index.js'
import { realClock } from '../../src/internal/real-clock.js'
import { kafka } from '../../src/kafka.js'
import type { FetchRequest } from '../../src/ports/kafka-calls.js'
import { checksum } from '../../src/sources/kafka/checksum.js'
import { decompress } from '../../src/sources/kafka/decompress.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { openSession } from '../../src/engine/open-session.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { upTo } from '../support/witness.js'

const partitions = 300

const right = <A>(answer: Either<unknown, A>): A => {
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

/** The cluster, and every fetch request that its consumers send. */
const withRequests = (brokers: string, requests: FetchRequest[]): Cluster => {
  const connection = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(connection)) throw new ConsumerError(connection.left)
  return {
    ...kafka({ 'bootstrap.servers': brokers }),
    openConsumer: (settings, handlers) => {
      const calls = kafkaCalls(connection.right, settings)
      const fetch: typeof calls.fetch = (node, request) => {
        requests.push(request)
        return calls.fetch(node, request)
      }
      const context = { clock: realClock, random: Math.random, settings, handlers, decompress, checksum }
      return openSession({ ...context, calls: { ...calls, fetch } })
    }
  }
}

describeKafka('a consumer of many partitions of which few have news', (brokers) => {
  it('names only these in its requests, and gets what is written to any', async () => {
    const requests: FetchRequest[] = []
    const cluster = withRequests(brokers, requests)
    const topic = uniqueName('many')
    await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
    const write = (partition: number): Promise<unknown> =>
      lastValueFrom(from([{ partition, value: Uint8Array.of(1) }]).pipe(produceTo(cluster, { topic })))
    const orders = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      subscription: subscribe(topic)
    })
    const handled: number[] = []
    const waiting = new Map<number, () => void>()
    const heard = (partition: number): Promise<void> => new Promise((done) => waiting.set(partition, done))
    const ended = lastValueFrom(
      orders.pipe(
        eachPartition((p) =>
          p.pipe(
            handle(({ partition }) => {
              handled.push(partition)
              waiting.get(partition)?.()
            }),
            commit()
          )
        )
      ),
      { defaultValue: null }
    )
    const all = Promise.all(upTo(partitions).map(heard))
    for (const partition of upTo(partitions)) await write(partition)
    await all
    const before = requests.length
    for (const partition of [7, 42, 299]) {
      const again = heard(partition)
      await write(partition)
      await again
    }
    await orders.close()
    await ended
    // Whatever came, its partition alone was asked for differently from then on.
    const last = requests.at(-1)
    const after = requests.slice(before + 1, -1)
    expect(after.length).toBeGreaterThan(1)
    expect(after.every(({ session }) => session.epoch > 0)).toBe(true)
    expect(Math.max(...after.map((request) => request.partitions.length))).toBeLessThan(5)
    expect(handled.length).toBe(partitions + 3)
    // One full request, when the first of them were assigned.
    expect(requests.filter(({ session }) => session.epoch === 0)).toHaveLength(1)
    // And in the end none: the broker has forgotten it.
    const { id, epoch } = after.at(-1)?.session ?? { id: 0, epoch: 0 }
    expect(last?.session).toEqual({ id, epoch: -1 })
    const settings = decodeConsumerConfig({ 'group.id': topic, subscription: subscribe(topic) })
    const connection = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (last === undefined || isLeft(settings) || isLeft(connection)) throw new Error('no such request')
    const calls = kafkaCalls(connection.right, settings.right)
    const { brokers: nodes } = right(await firstValueFrom(calls.metadata([topic])))
    const again = right(
      await firstValueFrom(calls.fetch(nodes[0]?.nodeId ?? -1, { ...last, session: { id, epoch: epoch + 1 } }))
    )
    expect(again.code).toBe(errorCode.FETCH_SESSION_ID_NOT_FOUND)
    calls.close()
  })
})
