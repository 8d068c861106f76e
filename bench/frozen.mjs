// npm run bench:frozen: one of three brokers stands still (SIGSTOP), the first in the list and then the second. How long until
// every partition is read on, by us and by Java's client beside us, each in a group of its own.
// -- --rounds N   of each (3)
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ack, consumer, eachPartition, producer, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { firstValueFrom, interval, tap } from 'rxjs'
import { kafkaJars, startKafka } from '../scripts/kafka-cluster.mjs'
import { median, table } from './statistics.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const partitions = 6
const topic = 'frozen'
const everyMs = 20

const now = () => performance.now()
const until = async (condition) => {
  while (!condition()) await new Promise((go) => setTimeout(go, 20))
}

/** When a record of each partition came last. */
const seen = { ackstream: new Map(), Java: new Map() }

const nodes = await startKafka({ nodes: 3 })
const java = spawn(
  'java',
  [
    '-cp',
    `${kafkaJars()}/*`,
    fileURLToPath(new URL('../test/support/java/JavaMember.java', import.meta.url)),
    nodes.brokers
  ],
  { stdio: ['pipe', 'pipe', 'ignore'] }
)
try {
  const cluster = kafka({ 'bootstrap.servers': nodes.brokers })
  await firstValueFrom(cluster.createTopics([{ topic, partitions, replicationFactor: 3 }]))
  const reader = consumer(cluster, {
    'group.id': 'ours',
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic)
  })
  const running = reader.pipe(
    eachPartition((partition) =>
      partition.pipe(
        tap((record) => seen.ackstream.set(record.partition, now())),
        ack()
      )
    )
  )
  const subscription = running.subscribe({ error: (error) => console.error(error) })
  java.stdin.write(`open java ${topic} group.id=java\n`)
  createInterface({ input: java.stdout }).on('line', (line) => {
    const [, what, partition] = line.split(' ')
    if (what === 'record') seen.Java.set(Number(partition), now())
  })
  // What cannot be written while a leader stands still waits, and is not counted: the partition is read on when it is written.
  const writer = producer(cluster, { 'delivery.timeout.ms': 600_000 })
  const writing = interval(everyMs).subscribe((number) => {
    writer.send({ topic, partition: number % partitions, value: String(number) }).subscribe()
  })
  const readOn = (name, since) => seen[name].size === partitions && [...seen[name].values()].every((at) => at > since)
  const rows = []
  for (const id of [1, 2]) {
    const took = { ackstream: [], Java: [] }
    for (let round = 0; round < Number(values.rounds); round++) {
      const start = now()
      await until(() => readOn('ackstream', start) && readOn('Java', start))
      const stopped = now()
      nodes.signal(id, 'SIGSTOP')
      // What was on its way when it stopped.
      await until(() => now() > stopped + 3_000)
      const since = now()
      for (const name of Object.keys(took))
        void until(() => readOn(name, since)).then(() => took[name].push((now() - stopped) / 1_000))
      await until(() => took.ackstream.length > round && took.Java.length > round)
      nodes.signal(id, 'SIGCONT')
      const [ours, theirs] = [took.ackstream[round], took.Java[round]]
      console.log(`node ${id}, round ${round + 1}: ackstream ${ours.toFixed(1)} s, Java ${theirs.toFixed(1)} s`)
      // The leaders come back to it only when somebody moves them: what matters is that it is in sync again.
      await until(() => now() > stopped + 60_000)
    }
    rows.push([`node ${id}`, median(took.ackstream).toFixed(1), median(took.Java).toFixed(1)])
  }
  console.log(table(['stood still', 'ackstream, s', 'Java, s'], rows))
  writing.unsubscribe()
  subscription.unsubscribe()
} finally {
  java.stdin.end()
  await nodes.stop()
}
process.exit(0)
