// How the cost grows with partitions, topics, the size of records, and members.
import { filled, interleaved, numbered, readPeer } from '../harness.mjs'
import { consumers, ours, ready } from '../peers/catalogue.mjs'
import { lead, median, rateOf, table } from '../statistics.mjs'

/** By how much the cost of one grows is seen in itself: unless others are asked for, one is enough beside ours. */
const usual = [ours, 'kafkajs `eachBatch`']

const runOf = (name, label) => `${name} with ${label}`

/**
 * Each peer with each setting: `{ 'of 10 partitions': { partitions: 10, … }, … }`. What is shown beside the rate is its
 * share of the rate with the setting `base`.
 */
const growing = async (
  kafka,
  options,
  { what, settings, base, able = consumers, workload = 'drain', more = () => [] }
) => {
  const commands = ready(options.wanted(able, usual))
  const runs = {}
  for (const [label, setting] of Object.entries(settings)) {
    const input = await filled(kafka.cluster, setting)
    for (const [name, command] of Object.entries(commands))
      runs[runOf(name, label)] = { name, label, command, input, setting }
  }
  const say = (result) => `${String(rateOf(result)).padStart(9)} records/s`
  const results = await interleaved(runs, options.rounds, say, ({ command, input, setting }) =>
    readPeer(command, kafka, input, workload, ...more(setting))
  )
  const rows = Object.entries(results).map(([run, all]) => {
    const { name, label, input, setting } = runs[run]
    const rate = median(all.map(rateOf))
    const atBase = results[runOf(name, base)]
    return [
      label,
      name,
      rate.toLocaleString('en'),
      ((rate * setting.value(0).length) / 1e6).toFixed(1),
      atBase === undefined ? '' : (rate / median(atBase.map(rateOf))).toFixed(2),
      lead({ [ours]: results[runOf(ours, label)] }, all),
      ((median(all.map(({ cpuMs }) => cpuMs)) * 1000) / input.records).toFixed(2),
      input.records.toLocaleString('en'),
      Math.round(median(all.map(({ rss }) => rss)) / 1e6)
    ]
  })
  const head = [
    what,
    'consumer',
    'records/s',
    'MB/s',
    `÷ that with ${base}`,
    'ackstream ÷ this',
    'processor, µs a record',
    'records',
    'peak RSS, MB'
  ]
  return { results, shown: table(head, rows) }
}

const settingsOf = (numbers, setting) =>
  Object.fromEntries(numbers.map((number) => [number.toLocaleString('en'), setting(number)]))
const value = numbered(100)
/** Those that tell what each member holds, and can go back. */
const joining = consumers.filter((name) => name === ours || name.startsWith('kafkajs'))

export const partitions = (kafka, options) => {
  const records = options.recordsOr(500_000)
  const settings = {
    ...settingsOf([1, 10, 100, 1_000], (wide) => ({ partitions: wide, records, value })),
    // As large as those of 10 partitions, so that the batch's own cost is not taken for the partition's.
    '1,000, batches of 1,000 records': { partitions: 1_000, records, value, inRow: 1_000 }
  }
  return growing(kafka, options, { what: 'partitions', base: '10', settings })
}

/** One partition has all the records, and the others are waited for. */
export const busy = (kafka, options) => {
  const records = options.recordsOr(500_000)
  const settings = settingsOf([1, 4, 100, 1_000], (wide) => ({ partitions: wide, busy: 1, records, value }))
  return growing(kafka, options, { what: 'partitions', base: '1', settings })
}

/** A hundred partitions in all. */
export const topics = (kafka, options) => {
  const records = options.recordsOr(500_000)
  const settings = settingsOf([1, 10, 100], (many) => ({ topics: many, partitions: 100 / many, records, value }))
  return growing(kafka, options, { what: 'topics', base: '1', settings })
}

/** As many records, but of large ones no more than fill 500 bytes for each of them. */
export const sizes = (kafka, options) => {
  const records = options.recordsOr(1_000_000)
  const settings = settingsOf([10, 100, 1_000, 10_000, 100_000, 1_000_000], (bytes) => ({
    partitions: 4,
    records: Math.max(10, Math.min(records, Math.floor((records * 500) / bytes))),
    value: numbered(bytes)
  }))
  return growing(kafka, options, { what: 'bytes', base: '100', settings })
}

/** All members of a group in one process, 64 partitions; timed is reading, when every member has joined. */
export const members = (kafka, options) => {
  const records = options.recordsOr(500_000)
  const settings = settingsOf([1, 4, 16, 64], (size) => ({ partitions: 64, records, value, size }))
  const more = ({ size, partitions: wide }) => [size, wide]
  return growing(kafka, options, { what: 'members', base: '1', settings, able: joining, workload: 'members', more })
}
