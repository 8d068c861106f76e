// npm run bench:check: small drains, in about a minute, that fail where the lead over kafkajs's eachBatch is lost: plainly, and of lz4
// over TLS with SASL. They are held to the processor's time for a record: that of the wall clock is printed beside it, but on a
// busy machine it says more about the others there. ackstream takes a third to a sixth of the time, and half of it over TLS, where
// decrypting is the same for both; the floors are far below, so that only a real loss goes under them.
import { filled, missingForKafka, numbered, readPeer, withKafka, withSecuredKafka } from './harness.mjs'
import { ours, ready } from './peers/catalogue.mjs'
import { median, rateOf } from './statistics.mjs'
import { payloads } from './workloads/payloads.mjs'

const rounds = 3
const other = 'kafkajs `eachBatch`'
const small = payloads(100).map((text) => Buffer.from(text))
const smallOf = (number) => small[number % small.length]

const checks = {
  plain: { floor: 1.3, start: withKafka, topic: { records: 1_000_000, value: numbered(100) } },
  'lz4 over TLS': {
    floor: 1.2,
    start: withSecuredKafka,
    topic: { records: 300_000, compression: 'lz4', value: smallOf, inSum: (number) => smallOf(number).readUInt32BE(0) }
  }
}

const measure = async (name, floor, topic, kafka) => {
  const input = await filled(kafka.cluster, { partitions: 4, ...topic })
  const commands = ready([ours, other])
  const ratios = []
  // Pairs, one right after the other: what slows the machine slows both. The first warms the broker up.
  for (let round = 0; round <= rounds; round++) {
    const mine = await readPeer(commands[ours], kafka, input)
    const peer = await readPeer(commands[other], kafka, input)
    const ratio = { cpu: peer.cpuMs / mine.cpuMs, wall: peer.ms / mine.ms }
    if (round > 0) ratios.push(ratio)
    const shown = `${ratio.cpu.toFixed(2)} times by processor, ${ratio.wall.toFixed(2)} by the clock`
    console.log(`${name}: ackstream ${rateOf(mine)}, kafkajs ${rateOf(peer)} records/s: ${shown}`)
  }
  const [cpu, wall] = ['cpu', 'wall'].map((which) => median(ratios.map((ratio) => ratio[which])))
  console.log(
    `${name}, medians: ${cpu.toFixed(2)} times kafkajs eachBatch by processor, at least ${floor} is asked for; ${wall.toFixed(2)} by the clock`
  )
  if (cpu < floor) process.exitCode = 1
}

const missing = missingForKafka()
if (missing !== null) console.warn(`THE BENCHMARK IS SKIPPED: it needs ${missing}, or KAFKA_BROKERS`)
else
  for (const [name, { floor, start, topic }] of Object.entries(checks))
    if (start === withSecuredKafka && process.env.KAFKA_BROKERS !== undefined)
      console.warn(`SKIPPED: ${name} needs a Kafka of its own, and KAFKA_BROKERS names another`)
    else await start((kafka) => measure(name, floor, topic, kafka))
