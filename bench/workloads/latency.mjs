// How long a record takes from being written to the handler, at 1,000 records a second.
import { producer } from 'ackstream'
import { interleaved, newTopics, runPeer } from '../harness.mjs'
import { consumers, ready } from '../peers/catalogue.mjs'
import { now } from '../peers/node/measure.mjs'
import { median, table } from '../statistics.mjs'
import { writeSteadily } from './steadily.mjs'

const perSecond = 1_000
const warmUp = 2 * perSecond
const partitions = 4

export const latency = async ({ brokers, cluster, security }, options) => {
  const count = warmUp + options.seconds * perSecond
  const say = ({ p50, p99, p999 }) => `p50 ${p50} ms, p99 ${p99} ms, p99.9 ${p999} ms`
  const results = await interleaved(ready(options.wanted(consumers)), options.rounds, say, async (command) => {
    const [topic] = await newTopics(cluster, { partitions })
    const writer = producer(cluster, { 'linger.ms': 0 })
    const write = (number) => writer.send({ topic, partition: number % partitions, value: String(now()) }).subscribe()
    try {
      const listening = () => void writeSteadily({ count, perSecond, write })
      return await runPeer(command, ['latency', brokers, topic, count, warmUp], { ready: listening, security })
    } finally {
      await writer.close()
    }
  })
  const rows = Object.entries(results).map(([name, all]) => {
    const of = (which) => median(all.map((result) => result[which])).toFixed(1)
    return [name, of('p50'), of('p99'), of('p999'), Math.round(median(all.map(({ rss }) => rss)) / 1e6)]
  })
  return { results, shown: table(['consumer', 'p50, ms', 'p99, ms', 'p99.9, ms', 'peak RSS, MB'], rows) }
}
