// npm run bench: every peer in one run on the same topics, in interleaved rounds; prints the ratios beside the figures.
// Needs Java and Maven, or KAFKA_BROKERS. --only drain,many,growth,latency (all of them unless said), --rounds N (default 5),
// --records N (default 1000000), --bytes N (default 100), --partitions N (of drain; default 4).
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { producer } from 'ackstream'
import { filledTopic, median, rateOf, runPeer, withKafka } from './harness.mjs'
import { now } from './peers/measure.mjs'

const text = (value) => ({ type: 'string', default: value })
const { values } = parseArgs({
  options: {
    only: text('drain,many,growth,latency'),
    rounds: text('5'),
    records: text('1000000'),
    bytes: text('100'),
    partitions: text('4')
  }
})
const [rounds, records, bytes, partitions] = [values.rounds, values.records, values.bytes, values.partitions].map(
  Number
)

const ours = 'ackstream'
const drainers = {
  [ours]: ['ackstream.mjs'],
  'kafkajs `eachBatch`': ['kafkajs.mjs', 'eachBatch'],
  'kafkajs `eachMessage`': ['kafkajs.mjs', 'eachMessage']
}
const warmUp = 2_000
const perSecond = 1_000
const listeners = {
  [ours]: ['ackstream-latency.mjs', String(warmUp)],
  'kafkajs `eachMessage`': ['kafkajs-latency.mjs', String(warmUp)]
}

/** Runs each peer once a round, one after the other; the first round warms the broker up and is not counted. */
const interleaved = async (peers, say, run) => {
  const results = Object.fromEntries(Object.keys(peers).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++)
    for (const [name, command] of Object.entries(peers)) {
      const result = await run(command, name)
      if (round > 0) results[name].push(result)
      console.log(`round ${round}  ${name.padEnd(40)} ${say(result)}`)
    }
  return results
}
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const sayRate = (result) => `${String(rateOf(result)).padStart(9)} records/s`

const drainTable = (results) => {
  const best = median(results[ours].map(rateOf))
  const head = ['consumer', 'records/s', 'ackstream is so many times as fast', 'event loop p99, ms', 'peak RSS, MB']
  const rows = Object.entries(results).map(([name, all]) => {
    const rate = median(all.map(rateOf))
    const loop = median(all.map((result) => result.loop.p99))
    const rss = Math.round(median(all.map((result) => result.rss)) / 1e6)
    return [name, rate.toLocaleString('en'), (best / rate).toFixed(2), loop.toFixed(1), rss]
  })
  return table(head, rows)
}

const drain = async ({ brokers, cluster }, wide) => {
  const topic = await filledTopic(cluster, { partitions: wide, records, bytes })
  return interleaved(drainers, sayRate, (command) => runPeer(command, [brokers, topic, records]))
}

const growth = async ({ brokers, cluster }) => {
  const topics = {}
  for (const wide of [10, 100, 1_000]) topics[wide] = await filledTopic(cluster, { partitions: wide, records, bytes })
  const peers = {}
  for (const [name, command] of Object.entries(drainers).slice(0, 2))
    for (const [wide, topic] of Object.entries(topics)) peers[`${name}, ${wide} partitions`] = { command, topic }
  const results = await interleaved(peers, sayRate, ({ command, topic }) => runPeer(command, [brokers, topic, records]))
  const rows = Object.entries(results).map(([name, all]) => {
    const ten = results[name.replace(/, \d+ /, ', 10 ')]
    const rate = median(all.map(rateOf))
    const rss = Math.round(median(all.map((result) => result.rss)) / 1e6)
    return [name, rate.toLocaleString('en'), (rate / median(ten.map(rateOf))).toFixed(2), rss]
  })
  return { results, shown: table(['consumer', 'records/s', 'of that with 10', 'peak RSS, MB'], rows) }
}

/** Writes so many records a second, each with the time as its value. */
const writeSteadily = async (cluster, topic, count) => {
  const writer = producer(cluster, { 'linger.ms': 0 })
  const began = performance.now()
  for (let sent = 0; sent < count;) {
    for (const due = Math.min(count, ((performance.now() - began) * perSecond) / 1000); sent < due; sent++)
      writer.send({ topic, partition: sent % 4, value: String(now()) }).subscribe()
    await new Promise((done) => setTimeout(done, 1))
  }
  await writer.close()
}

const latency = async ({ brokers, cluster }) => {
  const count = warmUp + 10 * perSecond
  const say = ({ p50, p99, p999 }) => `p50 ${p50} ms, p99 ${p99} ms, p99.9 ${p999} ms`
  const results = await interleaved(listeners, say, async (command) => {
    const topic = await filledTopic(cluster, { partitions: 4 })
    return runPeer(command, [brokers, topic, count], () => void writeSteadily(cluster, topic, count))
  })
  const rows = Object.entries(results).map(([name, all]) => {
    const of = (which) => median(all.map((result) => result[which])).toFixed(1)
    return [name, of('p50'), of('p99'), of('p999')]
  })
  return { results, shown: table(['consumer', 'p50, ms', 'p99, ms', 'p99.9, ms'], rows) }
}

const workloads = {
  drain: async (kafka) => {
    const results = await drain(kafka, partitions)
    return { results, shown: drainTable(results) }
  },
  many: async (kafka) => {
    const results = await drain(kafka, 400)
    return { results, shown: drainTable(results) }
  },
  growth,
  latency
}

const reports = fileURLToPath(new URL('results/', import.meta.url))
mkdirSync(reports, { recursive: true })
await withKafka(async (kafka) => {
  for (const name of values.only.split(',')) {
    console.log(`\n${name}`)
    const { results, shown } = await workloads[name](kafka)
    console.log(`\n${shown}`)
    const about = { node: process.version, cpu: cpus()[0]?.model, load: loadavg(), records, bytes, rounds }
    writeFileSync(`${reports}${name}.json`, JSON.stringify({ ...about, results }, null, 2))
  }
})
