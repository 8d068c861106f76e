// npm run bench:sessions: what it costs that a broker ends SASL sessions every five seconds (connections.max.reauth.ms), by each
// mechanism: from send to handler, beside a broker that ends none.
// -- --minutes N   how long (10)
import { parseArgs } from 'node:util'
import { ack, consumer, eachPartition, producer, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, interval, tap } from 'rxjs'
import { startKafka } from '../scripts/kafka-cluster.mjs'
import { table } from './statistics.mjs'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const everyMs = 50
const user = 'alice'
const password = 'wonderland-7391'

/** A token without a signature, as Kafka's own handlers for tests take them: it ends before the session does. */
const token = () => {
  const now = Date.now()
  const part = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url')
  const claims = { sub: user, iat: now / 1_000, exp: (now + 4_000) / 1_000 }
  return Promise.resolve({ value: `${part({ alg: 'none' })}.${part(claims)}.`, expiresAt: now + 4_000 })
}
const mechanisms = {
  PLAIN: { 'sasl.username': user, 'sasl.password': password },
  'SCRAM-SHA-512': { 'sasl.username': user, 'sasl.password': password },
  OAUTHBEARER: { 'sasl.oauthbearer.token': token }
}

const sasl = { user, password }
const brokers = {
  'every 5 s': await startKafka({ sasl, properties: { 'connections.max.reauth.ms': 5_000 } }),
  never: await startKafka({ sasl })
}

/** Writes to a topic of its own and reads it; how long each record took, and how often a connection was made anew. */
const measure = async (broker, mechanism) => {
  const cluster = kafka({
    'bootstrap.servers': broker.brokers,
    'ssl.ca.pem': broker.certificate,
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    ...mechanisms[mechanism]
  })
  const topic = `sessions-${mechanism.toLowerCase()}`
  // A session may end before a busy machine has made use of it.
  while (isLeft(await firstValueFrom(cluster.createTopicsEither([{ topic, partitions: 1 }]))));
  const taken = []
  const sentAt = []
  let reconnected = 0
  const reader = consumer(cluster, {
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic)
  })
  reader.events.subscribe(({ _tag }) => {
    if (_tag === 'reconnecting') reconnected++
  })
  const hear = tap(({ offset }) => taken.push(performance.now() - sentAt[Number(offset)]))
  const running = reader.pipe(eachPartition((partition) => partition.pipe(hear, ack()))).subscribe()
  const writer = producer(cluster, { 'linger.ms': 0, 'delivery.timeout.ms': 900_000 })
  const send = () => {
    sentAt.push(performance.now())
    writer.send({ topic, value: 'v' }).subscribe({ error: (error) => console.error(error.message) })
  }
  const until = async (condition) => {
    while (!condition()) await new Promise((go) => setTimeout(go, 20))
  }
  send()
  await until(() => taken.length === 1)
  // What the first connections and the first rebalance cost is no part of it.
  taken.length = 0
  const before = reconnected
  const writing = interval(everyMs).subscribe(send)
  await new Promise((go) => setTimeout(go, Number(values.minutes) * 60_000))
  writing.unsubscribe()
  await until(() => taken.length === sentAt.length - 1)
  await reader.close()
  await writer.close()
  running.unsubscribe()
  const sorted = taken.sort((a, b) => a - b)
  const at = (share) => sorted[Math.floor(sorted.length * share)].toFixed(1)
  return [sorted.length, at(0.5), at(0.99), at(0.999), sorted.at(-1).toFixed(1), reconnected - before]
}

try {
  const runs = Object.keys(mechanisms).flatMap((mechanism) =>
    Object.entries(brokers).map(async ([ends, broker]) => [mechanism, ends, ...(await measure(broker, mechanism))])
  )
  const head = [
    'mechanism',
    'sessions end',
    'records',
    'median, ms',
    'p99, ms',
    'p99.9, ms',
    'longest, ms',
    'reconnected'
  ]
  console.log(table(head, await Promise.all(runs)))
} finally {
  for (const broker of Object.values(brokers)) await broker.stop()
}
process.exit(0)
