// npm run bench:processing: a handler that takes 5 ms, in the order of 1,000 keys over 4 partitions, against kafkajs and (with
// a JDK) Confluent's Parallel Consumer in the same run; and five partitions beside one that hangs for ever. Needs Java and Maven, or KAFKA_BROKERS.
// --records N (default 200000), --kafkajs N records of it for kafkajs, which is slow (default 4000).
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { firstValueFrom, lastValueFrom, map, range } from 'rxjs'
import { produceTo } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { missingTools, startKafka } from '../scripts/kafka-cluster.mjs'

const { values } = parseArgs({
  options: { records: { type: 'string', default: '200000' }, kafkajs: { type: 'string', default: '4000' } }
})
const count = Number(values.records)
const own = process.env.KAFKA_BROKERS === undefined
if (own && missingTools() !== null) throw new Error(`the benchmark needs ${missingTools()}, or KAFKA_BROKERS`)
const server = own ? await startKafka() : null
const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
const cluster = kafka({ 'bootstrap.servers': brokers })
const here = fileURLToPath(new URL('.', import.meta.url))

const hasJdk = () =>
  ['javac', 'mvn'].every((command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0)

const filled = async (partitions, records) => {
  const topic = `processing-${partitions}-${process.pid}-${Date.now()}`
  await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
  const chunk = 10_000
  for (let from = 0; from < records; from += chunk)
    await lastValueFrom(
      range(from, Math.min(chunk, records - from)).pipe(
        map((number) => ({ partition: number % partitions, key: `key-${number % 1_000}`, value: String(number) })),
        produceTo(cluster, { topic })
      )
    )
  return topic
}

const run = async (program, ...more) => {
  const child = spawn(process.execPath, [here + program, brokers, ...more.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  const [code] = await once(child, 'exit')
  if (code !== 0 || output === '') throw new Error(`${program} ended with ${code}`)
  return JSON.parse(output)
}
const rateOf = ({ records, ms }) => Math.round((records / ms) * 1000)
const show = (name, rate, note = '') => {
  console.log(`${name.padEnd(48)} ${String(rate).padStart(9)} records/s  ${note}`)
}

try {
  const topic = await filled(4, count)
  const each = await run('peers/processing.mjs', topic, count, 'each')
  const shared = await run('peers/processing.mjs', topic, count, 'shared')
  const peer = await run('peers/kafkajs-processing.mjs', topic, Number(values.kafkajs))
  const parallel = hasJdk() ? await run('peers/parallel-consumer.mjs', topic, count) : null
  const ratio = (result) => `${(rateOf(result) / rateOf(peer)).toFixed(1)} times kafkajs`
  const latencyMs = 5
  const ideal = (256 / latencyMs) * 1000
  show('256 at once for each of 4 partitions, by key', rateOf(each), `${ratio(each)}, breaches ${each.breaches}`)
  show(
    'a limit of 256 in all, by key',
    rateOf(shared),
    `${ratio(shared)}, ${(rateOf(shared) / ideal).toFixed(2)} of ${ideal}/s, breaches ${shared.breaches}`
  )
  show('kafkajs eachMessage, 4 partitions at once', rateOf(peer))
  if (parallel === null) console.log("Confluent's Parallel Consumer needs a JDK and Maven: not measured")
  else
    show(
      "Confluent's Parallel Consumer, 256 at once, by key",
      rateOf(parallel),
      `the shared limit is ${(rateOf(shared) / rateOf(parallel)).toFixed(1)} times as fast`
    )
  const six = await filled(6, count)
  // In turns, so that both see the same machine.
  const [frees, besides] = [[], []]
  for (let round = 0; round < 5; round++) {
    frees.push(await run('peers/hung-partition.mjs', six, count, 'none'))
    besides.push(await run('peers/hung-partition.mjs', six, count, '0'))
  }
  const median = (results) => [...results].sort((a, b) => a.ms - b.ms)[Math.floor(results.length / 2)]
  const [free, beside] = [median(frees), median(besides)]
  show('5 partitions, the sixth free too', rateOf(free))
  show('5 partitions beside one that hangs', rateOf(beside), `${((100 * rateOf(beside)) / rateOf(free)).toFixed(1)} %`)
  console.log(`the sixth: ${JSON.stringify(beside.sixth)}`)
} finally {
  await server?.stop()
}
