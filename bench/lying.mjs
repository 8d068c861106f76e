// npm run bench:lying: one of three brokers answers metadata and FindCoordinator from the past, as one that is cut off from its
// controller, while another is killed so that leaders move. What is read a second from ten seconds on, beside what was read
// before; and whether each confirmed record was read. Java's client beside us.
// -- --rounds N   (3; of the liar being the first node, then the third, then the first again)
//    --rate N     records a second (2000)
//    --seconds N  measured, before and while it lies (20)
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ack, consumer, eachPartition, producer, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { rolldown } from 'rolldown'
import { firstValueFrom, interval, tap } from 'rxjs'
import { freePort, kafkaJars, startKafka } from '../scripts/kafka-cluster.mjs'
import { median, table } from './statistics.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { rounds: text, rate: text, seconds: text } })
const [rounds, rate, seconds] = [values.rounds ?? 3, values.rate ?? 2_000, values.seconds ?? 20].map(Number)
const partitions = 6
const topic = 'lied'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const after = (ms) => new Promise((go) => setTimeout(go, ms))
const until = async (condition) => {
  while (!condition()) await after(20)
}

/** The tests' own proxy, which knows Kafka's frames. */
const faultProxy = await (async () => {
  const bundle = await rolldown({ input: at('../test/support/fault-proxy.ts'), platform: 'node', tsconfig: false })
  const { output } = await bundle.generate({ format: 'esm' })
  await bundle.close()
  return (await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)).faultProxy
})()

let brokers = []
const proxies = await Promise.all(
  [0, 1, 2].map((index) => faultProxy({ target: () => Number(brokers[index].split(':')[1]), seed: index + 1 }))
)
const bootstrap = proxies.map(({ port }) => `127.0.0.1:${port}`).join(',')
const among = await Promise.all([1, 2, 3].map(freePort))
const nodes = await startKafka({
  nodes: 3,
  // Clients find each node behind its proxy; the nodes find each other without.
  properties: (id, listeners) => ({
    listeners: `${listeners},INTERNAL://127.0.0.1:${among[id - 1]}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxies[id - 1].port},INTERNAL://127.0.0.1:${among[id - 1]}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500
  })
})
brokers = nodes.brokers.split(',')
const java = spawn('java', ['-cp', `${kafkaJars()}/*`, at('../test/support/java/JavaMember.java'), bootstrap], {
  stdio: ['pipe', 'pipe', 'ignore']
})
try {
  const cluster = kafka({ 'bootstrap.servers': bootstrap })
  await firstValueFrom(cluster.createTopics([{ topic, partitions, replicationFactor: 3 }]))
  const read = { ackstream: 0, Java: 0 }
  const seen = new Map()
  const reader = consumer(cluster, {
    'group.id': 'ours',
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic)
  })
  const hear = tap((record) => {
    read.ackstream++
    const place = `${record.partition}@${record.offset}`
    seen.set(place, (seen.get(place) ?? 0) + 1)
  })
  const running = reader.pipe(eachPartition((partition) => partition.pipe(hear, ack())))
  const subscription = running.subscribe({ error: (error) => console.error(error) })
  java.stdin.write(`open java ${topic} group.id=java\n`)
  createInterface({ input: java.stdout }).on('line', (line) => {
    if (line.split(' ')[1] === 'record') read.Java++
  })
  const writer = producer(cluster)
  const confirmed = []
  const failed = []
  let number = 0
  const writing = interval(10).subscribe(() => {
    for (let more = 0; more < rate / 100; more++)
      writer.send({ topic, partition: number % partitions, value: String(number++) }).subscribe({
        next: ({ partition, offset }) => confirmed.push(`${partition}@${offset}`),
        error: (error) => failed.push(error.message)
      })
  })
  await until(() => read.ackstream > rate && read.Java > rate)
  /** Records a second, and requests for metadata a second of the one that is asked most, from now on. */
  const measured = async () => {
    const before = { ...read, at: performance.now(), asked: proxies.map((proxy) => proxy.requests(3)) }
    await after(seconds * 1_000)
    const took = (performance.now() - before.at) / 1_000
    const asked = Math.max(...proxies.map((proxy, index) => proxy.requests(3) - before.asked[index])) / took
    const rateOf = (name) => (read[name] - before[name]) / took
    return { ackstream: rateOf('ackstream'), Java: rateOf('Java'), asked }
  }
  const rows = []
  for (let round = 0; round < rounds; round++) {
    const liar = round % 2 === 0 ? 0 : 2
    const quiet = await measured()
    proxies[liar].answerFromThePast(true)
    await nodes.kill(2)
    await after(10_000)
    const lied = await measured()
    proxies[liar].answerFromThePast(false)
    await nodes.restart(2)
    const share = (name) => lied[name] / quiet[name]
    rows.push([
      liar + 1,
      quiet.ackstream,
      lied.ackstream,
      share('ackstream'),
      lied.asked,
      quiet.Java,
      lied.Java,
      share('Java')
    ])
    console.log(`node ${liar + 1} lies: ackstream ${share('ackstream').toFixed(2)}, Java ${share('Java').toFixed(2)}`)
    // Until the node is in sync again.
    await after(15_000)
  }
  writing.unsubscribe()
  await until(() => confirmed.length + failed.length === number && confirmed.every((place) => seen.has(place)))
  const twice = [...seen.values()].filter((times) => times > 1).length
  const head = [
    'liar',
    'ours before',
    'ours after 10 s',
    'ratio',
    'metadata/s',
    'Java before',
    'Java after 10 s',
    'ratio'
  ]
  console.log(
    table(
      head,
      rows.map((row) => row.map((cell, at) => (at === 0 ? `node ${cell}` : cell.toFixed(at % 4 === 3 ? 2 : 0))))
    )
  )
  console.log(
    `median ratio ${median(rows.map((row) => row[3])).toFixed(2)}; Java's ${median(rows.map((row) => row[7])).toFixed(2)}`
  )
  console.log(
    `${number} sent, ${confirmed.length} confirmed, ${failed.length} failed; each confirmed one was read, ${twice} twice`
  )
  subscription.unsubscribe()
} finally {
  java.stdin.end()
  await nodes.stop()
  for (const proxy of proxies) await proxy.stop()
}
process.exit(0)
