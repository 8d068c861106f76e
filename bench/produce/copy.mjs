// node bench/produce/copy.mjs: consume, transform, produce, commit, against the same loop on kafkajs, in interleaved rounds.
// Needs Java and Maven, or KAFKA_BROKERS. --records N (default 1000000), --rounds N (default 5), --partitions N (default 4).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { producer } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { startKafka } from '../../scripts/kafka-cluster.mjs'
import { payloads } from './payloads.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    partitions: { type: 'string', default: '4' }
  }
})
const here = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.KAFKA_BROKERS === undefined ? await startKafka() : null
const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
const partitions = Number(values.partitions)
const peers = { ackstream: 'copy-ackstream.mjs', kafkajs: 'copy-kafkajs.mjs' }
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const run = async (program, ...args) => {
  const child = spawn(process.execPath, [here + program, brokers, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  const [code] = await once(child, 'exit')
  if (code !== 0 || output === '') throw new Error(`${program} ended with ${code}`)
  return JSON.parse(output)
}

try {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const source = `copy-${process.pid}`
  await firstValueFrom(cluster.createTopics([{ topic: source, partitions }]))
  const writer = producer(cluster)
  const made = payloads(100)
  const chunk = 10_000
  for (let from = 0; from < Number(values.records); from += chunk)
    await lastValueFrom(
      writer.sendAll(
        Array.from({ length: chunk }, (_, index) => ({
          topic: source,
          partition: index % partitions,
          value: made[index % made.length]
        }))
      )
    )
  await writer.close()
  const rates = Object.fromEntries(Object.keys(peers).map((peer) => [peer, []]))
  // The first round of each warms the broker's cache and is not counted.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [peer, program] of Object.entries(peers)) {
      const target = `${source}-${peer}-${round}`
      await firstValueFrom(
        cluster.createTopics([{ topic: target, partitions, config: { 'retention.bytes': '1000000' } }])
      )
      const { ms, records } = await run(program, source, target, values.records)
      const rate = Math.round((records / ms) * 1000)
      if (round > 0) rates[peer].push(rate)
      console.log(`round ${round}  ${peer.padEnd(10)} ${String(rate).padStart(9)} records/s`)
    }
  }
  const ours = median(rates.ackstream)
  console.log('\n| consume, transform, produce, commit | records/s (median) | ackstream is so many times as fast |')
  console.log('| --- | --- | --- |')
  for (const [peer, of] of Object.entries(rates))
    console.log(`| ${peer} | ${median(of).toLocaleString('en')} | ${(ours / median(of)).toFixed(2)} |`)
} finally {
  await server?.stop()
}
