// Consume, transform, produce, commit with the offsets in one transaction of 500 records: from four partitions to four.
import { filled, interleaved, newTopics, runPeer, writtenTo } from '../harness.mjs'
import { prepared, transactionalCopiers } from '../peers/catalogue.mjs'
import { lead, median, rateOf, table } from '../statistics.mjs'
import { payloads } from './payloads.mjs'

export const transact = async ({ brokers, cluster }, options) => {
  const values = payloads(100).map((text) => Buffer.from(text))
  const value = (number) => values[number % values.length]
  const input = await filled(cluster, { partitions: 4, records: options.recordsOr(100_000), value })
  const say = (result) => `${String(rateOf(result)).padStart(9)} records/s`
  const commands = prepared(transactionalCopiers, options.wanted(Object.keys(transactionalCopiers)), 'copy')
  const results = await interleaved(commands, options.rounds, say, async (command) => {
    const [topic] = await newTopics(cluster, { partitions: 4 })
    const result = await runPeer(command, [brokers, input.topics, topic, input.records])
    // The markers of the transactions are counted too.
    const written = await writtenTo(brokers, topic)
    if (written >= input.records) return result
    throw new Error(`${written} records stand in the log, and not ${input.records}`)
  })
  const rows = Object.entries(results).map(([name, all]) => [
    name,
    median(all.map(rateOf)).toLocaleString('en'),
    lead(results, all),
    median(all.map(({ cpuMs }) => (cpuMs * 1000) / input.records)).toFixed(2)
  ])
  const head = ['copy in transactions of 500', 'records/s', 'ackstream ÷ this', 'processor, µs a record']
  return { results, shown: table(head, rows) }
}
