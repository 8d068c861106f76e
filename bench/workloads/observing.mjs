// What it costs to look at a consumer while it drains: logTo, metrics that are scraped, and tracing channels without listeners.
import { filled, interleaved, numbered, readPeer } from '../harness.mjs'
import { script } from '../peers/catalogue.mjs'
import { fileURLToPath } from 'node:url'
import { median, rateOf, table } from '../statistics.mjs'

const withoutChannels = fileURLToPath(new URL('../peers/node/without-channels.mjs', import.meta.url))
const plain = 'ackstream'
const started = (...how) => script('../peers/node/consume.mjs', ['ackstream', 'plain', ...how].join(':')).start()

const [program, args] = started()
const peers = {
  [plain]: started(),
  'ackstream, without tracing channels': [program, ['--import', withoutChannels, ...args]],
  'ackstream with logTo': started('logged'),
  'ackstream with metrics, scraped 5 times a second': started('measured'),
  'ackstream with both': started('logged', 'measured')
}

const perRecord = ({ cpuMs, records }) => (cpuMs * 1000) / records

/** Of each round the ratio to the plain one of the same round: what slows the machine slows both. */
const ratios = (results, all) => all.map((result, round) => perRecord(result) / perRecord(results[plain][round]))

export const observed = async (kafka, options) => {
  const input = await filled(kafka.cluster, {
    partitions: 4,
    value: numbered(100),
    records: options.recordsOr(5_000_000)
  })
  const say = (result) => `${perRecord(result).toFixed(3)} µs of processor a record, ${rateOf(result)} records/s`
  const results = await interleaved(peers, options.rounds, say, (command) => readPeer(command, kafka, input))
  const shown = table(
    ['', 'processor, µs a record', '÷ that of ackstream alone', 'bytes allocated a record'],
    Object.entries(results).map(([name, all]) => [
      name,
      median(all.map(perRecord)).toFixed(3),
      median(ratios(results, all)).toFixed(3),
      median(all.map(({ allocated, records }) => allocated / records)).toFixed(1)
    ])
  )
  return { results, shown }
}
