// What the benchmarks of consuming share: a cluster, filled topics, peers as processes of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { firstValueFrom, lastValueFrom, map, range } from 'rxjs'
import { produceTo } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { missingTools, startKafka } from '../scripts/kafka-cluster.mjs'

const peersAt = fileURLToPath(new URL('peers/', import.meta.url))
let topics = 0

/** A Kafka of its own for as long as `body` runs, or the one of KAFKA_BROKERS. */
export const withKafka = async (body) => {
  const own = process.env.KAFKA_BROKERS === undefined
  if (own && missingTools() !== null) throw new Error(`the benchmark needs ${missingTools()}, or KAFKA_BROKERS`)
  const server = own ? await startKafka() : null
  try {
    const brokers = server?.brokers ?? process.env.KAFKA_BROKERS
    return await body({ brokers, cluster: kafka({ 'bootstrap.servers': brokers }) })
  } finally {
    await server?.stop()
  }
}

/** A new topic, its records dealt out to the partitions in turn. */
export const filledTopic = async (cluster, { partitions, records = 0, bytes = 100 }) => {
  const topic = `bench-${process.pid}-${Date.now()}-${topics++}`
  await firstValueFrom(cluster.createTopics([{ topic, partitions }]))
  const value = new Uint8Array(bytes).fill(120)
  const chunk = 10_000
  for (let from = 0; from < records; from += chunk)
    await lastValueFrom(
      range(from, Math.min(chunk, records - from)).pipe(
        map((number) => ({ partition: number % partitions, value })),
        produceTo(cluster, { topic })
      )
    )
  return topic
}

/** Runs a peer and gives the last line that it prints; `ready` is called as soon as it says so. */
export const runPeer = async ([program, ...more], [brokers, topic, records], ready = () => undefined) => {
  const child = spawn(process.execPath, [peersAt + program, brokers, topic, String(records), ...more], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const exit = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (data) => {
    const told = output.includes('ready\n')
    output += data
    if (!told && output.includes('ready\n')) ready()
  })
  const [code] = await exit
  const last = output.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || !last.startsWith('{')) throw new Error(`${program} ended with ${code}: ${output}`)
  return JSON.parse(last)
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
export const rateOf = ({ records, ms }) => Math.round((records / ms) * 1000)
