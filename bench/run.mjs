// npm run bench: every peer in one run on the same topic, in interleaved rounds; prints the ratios beside the figures.
// Needs Java and Maven, or KAFKA_BROKERS. --records N (default 1000000), --rounds N (default 5), --bytes N (default 100).
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { firstValueFrom, lastValueFrom, map, range } from 'rxjs'
import { produceTo } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { missingTools, startKafka } from '../scripts/kafka-cluster.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    bytes: { type: 'string', default: '100' },
    partitions: { type: 'string', default: '4' }
  }
})
const count = Number(values.records)
const rounds = Number(values.rounds)
const here = fileURLToPath(new URL('.', import.meta.url))
const peers = {
  ackstream: ['peers/ackstream.mjs'],
  'kafkajs eachBatch': ['peers/kafkajs.mjs', 'eachBatch'],
  'kafkajs eachMessage': ['peers/kafkajs.mjs', 'eachMessage']
}

const own = process.env.KAFKA_BROKERS === undefined
if (own && missingTools() !== null) throw new Error(`the benchmark needs ${missingTools()}, or KAFKA_BROKERS`)
const server = own ? await startKafka() : null
const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
const cluster = kafka({ 'bootstrap.servers': brokers })
const topic = `bench-${process.pid}-${Date.now()}`

const run = async ([program, ...more]) => {
  const child = spawn(process.execPath, [here + program, brokers, topic, String(count), ...more], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  const [code] = await once(child, 'exit')
  if (code !== 0 || output === '') throw new Error(`${program} ended with ${code}`)
  return JSON.parse(output)
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

try {
  await firstValueFrom(cluster.createTopics([{ topic, partitions: Number(values.partitions) }]))
  const value = new Uint8Array(Number(values.bytes)).fill(120)
  console.log(`writing ${count} records of ${values.bytes} bytes to ${values.partitions} partitions`)
  const chunk = 10_000
  const write = (from) =>
    range(from, Math.min(chunk, count - from)).pipe(
      map((number) => ({ partition: number % Number(values.partitions), value })),
      produceTo(cluster, { topic })
    )
  for (let from = 0; from < count; from += chunk) await lastValueFrom(write(from))
  const results = Object.fromEntries(Object.keys(peers).map((name) => [name, []]))
  // The first round of each warms the broker's cache and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, command] of Object.entries(peers)) {
      const result = await run(command)
      const rate = Math.round((result.records / result.ms) * 1000)
      if (round > 0) results[name].push({ ...result, rate })
      console.log(`round ${round}  ${name.padEnd(22)} ${String(rate).padStart(9)} records/s`)
    }
  }
  const ours = median(results.ackstream.map(({ rate }) => rate))
  const lines = Object.entries(results).map(([name, of]) => {
    const rate = median(of.map((result) => result.rate))
    const rss = median(of.map((result) => result.rss))
    return `| ${name} | ${rate.toLocaleString('en')} | ${(ours / rate).toFixed(2)} | ${Math.round(rss / 1e6)} |`
  })
  const table = [
    '| consumer | records/s (median) | ackstream is so many times as fast | peak RSS, MB |',
    '| --- | --- | --- | --- |',
    ...lines
  ].join('\n')
  console.log(`\n${table}`)
  mkdirSync(`${here}results`, { recursive: true })
  writeFileSync(
    `${here}results/drain.json`,
    JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, count, rounds, results }, null, 2)
  )
} finally {
  await server?.stop()
}
