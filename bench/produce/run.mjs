// node bench/produce/run.mjs: how fast records are written, acks all, every client in one run, in interleaved rounds; prints
// the ratios. Needs Java and Maven. --records N (default 1000000), --rounds N (default 5), --partitions N (default 4),
// --cases "100 true none,1000 true none,…" (bytes, idempotent, compression), --peers "ackstream,kafkajs,java".
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { firstValueFrom } from 'rxjs'
import { kafka } from 'ackstream/kafka'
import { kafkaJars, startKafka } from '../../scripts/kafka-cluster.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    partitions: { type: 'string', default: '4' },
    cases: {
      type: 'string',
      default: '100 true none,100 false none,1000 true none,100 true gzip,100 true snappy,100 true lz4'
    },
    peers: { type: 'string', default: 'ackstream,kafkajs,java' }
  }
})
const here = fileURLToPath(new URL('.', import.meta.url))
const own = process.env.KAFKA_BROKERS === undefined
const server = own ? await startKafka() : null
const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
const java = ['java', ['-XX:+UseG1GC', '-cp', `${kafkaJars()}/*`, `${here}JavaProducer.java`]]
const programs = {
  ackstream: [process.execPath, [`${here}ackstream.mjs`]],
  kafkajs: [process.execPath, [`${here}kafkajs.mjs`]],
  java
}
/** What a client cannot do at all is not compared. */
const can = (peer, compression) => peer !== 'kafkajs' || ['none', 'gzip'].includes(compression)

const run = async (peer, args) => {
  const [command, first] = programs[peer]
  const child = spawn(command, [...first, ...args], {
    stdio: ['ignore', 'pipe', process.env.BENCH_DEBUG ? 'inherit' : 'ignore']
  })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  const [code] = await once(child, 'exit')
  if (code !== 0 || output === '') throw new Error(`${peer} ended with ${code}`)
  return JSON.parse(output)
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const results = []
try {
  for (const text of values.cases.split(',')) {
    const [bytes, idempotent, compression] = text.trim().split(' ')
    const peers = values.peers.split(',').filter((peer) => can(peer, compression))
    const rates = Object.fromEntries(peers.map((peer) => [peer, []]))
    const rss = Object.fromEntries(peers.map((peer) => [peer, 0]))
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const peer of peers) {
        const topic = `produce-${process.pid}-${results.length}-${round}-${peer}`
        const cluster = kafka({ 'bootstrap.servers': brokers })
        await firstValueFrom(
          cluster.createTopics([
            { topic, partitions: Number(values.partitions), config: { 'retention.bytes': '1000000' } }
          ])
        )
        const result = await run(peer, [brokers, topic, values.records, bytes, idempotent, compression])
        rates[peer].push(Math.round((result.records / result.ms) * 1000))
        rss[peer] = Math.max(rss[peer], result.rss)
        console.log(
          `${text.padEnd(18)} round ${round + 1}  ${peer.padEnd(10)} ${String(rates[peer].at(-1)).padStart(9)} records/s`
        )
      }
    }
    results.push({ text, rates, rss })
  }
  const lines = results.flatMap(({ text, rates, rss }) => {
    const [bytes, idempotent, compression] = text.trim().split(' ')
    const ours = median(rates.ackstream ?? [1])
    return Object.entries(rates).map(([peer, of]) => {
      const rate = median(of)
      return `| ${bytes} B | ${idempotent === 'true' ? 'yes' : 'no'} | ${compression} | ${peer} | ${rate.toLocaleString('en')} | ${(ours / rate).toFixed(2)} | ${rss[peer] === 0 ? '' : Math.round(rss[peer] / 1e6)} |`
    })
  })
  const table = [
    '| value | idempotent | compression | client | records/s (median) | ackstream is so many times as fast | peak RSS, MB |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines
  ].join('\n')
  console.log(`\n${table}`)
  mkdirSync(`${here}../results`, { recursive: true })
  writeFileSync(
    `${here}../results/produce.json`,
    JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, results }, null, 2)
  )
} finally {
  await server?.stop()
}
