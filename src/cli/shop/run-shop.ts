import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatMap, filter, firstValueFrom, from, interval, lastValueFrom, type Observable, take, timer } from 'rxjs'
import { subscribe } from '../../config/subscribe.js'
import type { Committed } from '../../model/committed.js'
import { eachPartition } from '../../operators/each-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { produceTo } from '../../sinks/produce-to.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { drainOnInterrupt } from '../drain-on-interrupt.js'
import { invalidEvery, makeOrders, type MadeOrder } from './order.js'
import { pricing, type ShopTopics } from './pipeline.js'
import { readTopic } from './read-topic.js'
import type { ShownMember } from '../progress.js'
import { grouped, ShopView } from './shop-view.js'

const partitions = 6
const chunk = 100
const chunkEveryMs = 150

/**
 * The demonstration: a generator produces orders, a group of two members prices them, one of the members leaves halfway, and at
 * the end everything written is compared with everything produced. True if nothing is missing.
 */
export const runShop = async (cluster: Cluster, suffix: string, count: number): Promise<boolean> => {
  const topics = { orders: `orders${suffix}`, priced: `orders.priced${suffix}`, invalid: `orders.invalid${suffix}` }
  await cluster.createTopics(Object.values(topics).map((topic) => ({ topic, partitions })))
  const store = join(await mkdtemp(join(tmpdir(), 'ackstream-shop-')), 'orders.ndjson')
  const group = `shop${suffix}`
  const members: readonly ShownMember[] = ['member 1', 'member 2'].map((name) => ({
    name,
    consumer: consumer(cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      'heartbeat.interval.ms': 500,
      subscription: subscribe(topics.orders)
    })
  }))
  const orders = makeOrders(count)
  process.stdout.write(
    `A shop sends ${grouped(count)} orders into a topic of ${String(partitions)} partitions; one in ${String(invalidEvery)} is broken.
Two members of a group price them, write them to a file and to another topic, and put broken ones among the dead letters.
In the middle member 2 leaves. In the end all that was written is held against all that was sent.\n\n`
  )
  const view = new ShopView(members, count)
  const say = (line: string): void => {
    view.say(line)
  }
  const interruption = { seen: false }
  const stopListening = drainOnInterrupt(
    members.map((member) => member.consumer),
    (line) => {
      interruption.seen = true
      say(line)
    }
  )
  const running = members.map((member) => {
    const pipeline = pricing(cluster, topics, store, view.handled)
    return lastValueFrom(member.consumer.pipe(eachPartition(pipeline)), { defaultValue: null })
  })
  const [first, second] = members.map((member) => member.consumer)
  if (first === undefined || second === undefined) return false

  const producing = lastValueFrom(produceSlowly(cluster, topics.orders, orders))
  // One member leaves while orders still arrive: its partitions are drained, committed and reassigned.
  const leaving = firstValueFrom(timer((count / chunk) * chunkEveryMs * 0.5)).then(async () => {
    say('> member 2 leaves, orders go on')
    await second.drain()
  })
  await Promise.race([Promise.all([producing, leaving]), Promise.all(running)])
  if (!interruption.seen) {
    await Promise.race([firstValueFrom(interval(20).pipe(filter(() => caughtUp(first.positions())))), running[0]])
    await first.drain()
  }
  await Promise.all(running)
  stopListening()
  view.stop()
  if (interruption.seen) return true
  return summarise(cluster, topics, store, orders)
}

const produceSlowly = (cluster: Cluster, topic: string, orders: readonly MadeOrder[]): Observable<Committed> =>
  interval(chunkEveryMs).pipe(
    concatMap((n) => from(orders.slice(n * chunk, (n + 1) * chunk).map(({ record }) => record))),
    take(orders.length),
    produceTo(cluster, { topic })
  )

const caughtUp = (positions: readonly { lag: bigint | null; inFlight: number }[]): boolean =>
  positions.length === partitions && positions.every(({ lag, inFlight }) => lag === 0n && inFlight === 0)

const summarise = async (
  cluster: Cluster,
  topics: ShopTopics,
  store: string,
  orders: readonly MadeOrder[]
): Promise<boolean> => {
  const valid = orders.filter((order) => order.valid)
  const lines = (await readFile(store, 'utf8')).trimEnd().split('\n')
  const stored = lines.map((line) => idOf(line))
  const priced = (await readTopic(cluster, topics.priced, partitions)).map(({ value }) => idOf(textOf(value)))
  const invalid = await readTopic(cluster, topics.invalid, partitions)
  const missing = (ids: readonly string[]): number => {
    const seen = new Set(ids)
    return valid.filter(({ id }) => !seen.has(id)).length
  }
  const places = new Set(
    invalid.map(({ headers }) => headers.map(({ name, value }) => `${name}=${textOf(value)}`).join())
  )
  const lost = missing(stored) + missing(priced) + Math.max(0, orders.length - valid.length - places.size)
  const repeated = stored.length - new Set(stored).size + priced.length - new Set(priced).size
  const numbers = `${grouped(orders.length)} sent, ${grouped(stored.length)} stored, ${grouped(invalid.length)} in the dead letter topic, ${grouped(lost)} lost, ${grouped(repeated)} repeated`
  process.stdout.write(`\n${numbers}, although member 2 left in the middle.\n`)
  process.stdout.write(`The lines are in ${store}; the program is src/cli/shop/pipeline.ts.\n`)
  return lost === 0
}

const idOf = (json: string): string => {
  const parsed: unknown = JSON.parse(json)
  return typeof parsed === 'object' && parsed !== null && 'id' in parsed ? String(parsed.id) : ''
}

const decoder = new TextDecoder()
const textOf = (bytes: Uint8Array | null): string => (bytes === null ? '' : decoder.decode(bytes))
