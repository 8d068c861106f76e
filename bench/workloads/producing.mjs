// How fast records are written, acks all, into four partitions.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleaved, newTopics, runPeer, writtenTo } from '../harness.mjs'
import { isClient, prepared, writers } from '../peers/catalogue.mjs'
import { lead, median, rateOf, table } from '../statistics.mjs'
import { payloads } from './payloads.mjs'

/** Bytes, idempotent or not, compression. */
const usual = [
  '100 true none',
  '100 false none',
  '1000 true none',
  '1000 false none',
  '100 true gzip',
  '100 true snappy',
  '100 true lz4',
  '100 true zstd',
  '1000 true lz4',
  '1000 true zstd',
  '1000 true snappy'
]

export const produce = async ({ brokers, cluster }, options) => {
  const records = options.recordsOr(1_000_000)
  const commands = prepared(
    writers,
    options.wanted(Object.keys(writers), Object.keys(writers).filter(isClient)),
    'produce'
  )
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-bench-'))
  const results = {}
  try {
    for (const text of options.cases ?? usual) {
      const [bytes, idempotent, compression] = text.split(' ')
      const file = join(folder, bytes)
      writeFileSync(file, payloads(Number(bytes)).join('\n'))
      const say = (result) => `${String(rateOf(result)).padStart(9)} records/s  ${text}`
      results[text] = await interleaved(commands, options.rounds, say, async (command) => {
        const [topic] = await newTopics(cluster, { partitions: 4, config: { 'retention.bytes': '1000000' } })
        const result = await runPeer(command, [brokers, topic, records, file, idempotent, compression])
        const written = await writtenTo(brokers, topic)
        if (written === result.written) return result
        throw new Error(`${written} records stand in the log, and not ${result.written}`)
      })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const rows = Object.entries(results).flatMap(([text, each]) => {
    const [bytes, idempotent, compression] = text.split(' ')
    return Object.entries(each).map(([name, all]) => [
      `${bytes} B`,
      idempotent === 'true' ? 'yes' : 'no',
      compression,
      name,
      median(all.map(rateOf)).toLocaleString('en'),
      lead(each, all),
      median(all.map(({ cpuMs }) => (cpuMs * 1000) / records)).toFixed(2),
      Math.round(median(all.map(({ rss }) => rss)) / 1e6)
    ])
  })
  const head = [
    'value',
    'idempotent',
    'compression',
    'client',
    'records/s',
    'ackstream ÷ this',
    'processor, µs a record',
    'peak RSS, MB'
  ]
  return { results, shown: table(head, rows) }
}
