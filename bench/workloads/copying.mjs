// Consume, transform, produce, commit: from four partitions to four.
import { filled, interleaved, newTopics, runPeer, writtenTo } from '../harness.mjs'
import { copiers, isClient, prepared } from '../peers/catalogue.mjs'
import { lead, median, rateOf, table } from '../statistics.mjs'
import { payloads } from './payloads.mjs'

export const copy = async ({ brokers, cluster }, options) => {
  const values = payloads(100).map((text) => Buffer.from(text))
  const value = (number) => values[number % values.length]
  const input = await filled(cluster, { partitions: 4, records: options.recordsOr(500_000), value })
  const say = (result) => `${String(rateOf(result)).padStart(9)} records/s`
  const commands = prepared(
    copiers,
    options.wanted(Object.keys(copiers), Object.keys(copiers).filter(isClient)),
    'copy'
  )
  const results = await interleaved(commands, options.rounds, say, async (command) => {
    const [topic] = await newTopics(cluster, { partitions: 4, config: { 'retention.bytes': '1000000' } })
    const result = await runPeer(command, [brokers, input.topics, topic, input.records])
    const written = await writtenTo(brokers, topic)
    if (written === input.records) return result
    throw new Error(`${written} records stand in the log, and not ${input.records}`)
  })
  const rows = Object.entries(results).map(([name, all]) => [
    name,
    median(all.map(rateOf)).toLocaleString('en'),
    lead(results, all),
    median(all.map(({ cpuMs }) => (cpuMs * 1000) / input.records)).toFixed(2),
    Math.round(median(all.map(({ rss }) => rss)) / 1e6)
  ])
  const head = [
    'consume, transform, produce, commit',
    'records/s',
    'ackstream ÷ this',
    'processor, µs a record',
    'peak RSS, MB'
  ]
  return { results, shown: table(head, rows) }
}
