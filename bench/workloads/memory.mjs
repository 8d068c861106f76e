// What a consumer's memory does in a long run at a steady rate. All peers read the same topic, at the same time: none is
// near what it can do, and one after the other would take hours.
import { producer } from 'ackstream'
import { newTopics, numbered, runPeer } from '../harness.mjs'
import { inNode, ready } from '../peers/catalogue.mjs'
import { memoryOf, table } from '../statistics.mjs'
import { writeSteadily } from './steadily.mjs'

const partitions = 4

export const memory = async ({ brokers, cluster }, options) => {
  const { minutes, rate } = options
  const count = Math.round(minutes * 60 * rate)
  const [topic] = await newTopics(cluster, { partitions })
  const commands = ready(options.wanted(inNode))
  const everyMs = Math.max(100, Math.min(5_000, minutes * 600))
  const listening = []
  const ends = Object.entries(commands).map(async ([name, command]) => {
    const result = new Promise((done, failed) => {
      listening.push(
        new Promise((heard) => {
          runPeer(command, ['memory', brokers, topic, count, everyMs], { ready: heard, minutes: minutes + 5 })
            .then(done, failed)
            .finally(heard)
        })
      )
    })
    try {
      return [name, await result]
    } catch (error) {
      console.error(`FAILED: ${name} is left out: ${error.message}`)
      return null
    }
  })
  await Promise.all(listening)
  console.log(`${rate} records a second for ${minutes} min`)
  const writer = producer(cluster, { 'linger.ms': 5 })
  const value = numbered(100)
  const write = (number) => writer.send({ topic, partition: number % partitions, value: value(number) }).subscribe()
  await writeSteadily({ count, perSecond: rate, write })
  await writer.close()
  const results = Object.fromEntries((await Promise.all(ends)).filter((end) => end !== null))
  const rows = Object.entries(results).map(([name, result]) => {
    const { rss, live, rssSlope, liveSlope } = memoryOf(result)
    return [name, ...[rss, live].map((bytes) => (bytes / 1e6).toFixed(1)), liveSlope.toFixed(1), rssSlope.toFixed(1)]
  })
  const head = [
    'consumer',
    'peak RSS, MB',
    'heap and external after gc at the end, MB',
    'their slope, KiB a minute',
    'slope of the RSS, KiB a minute'
  ]
  return { results, shown: table(head, rows) }
}
