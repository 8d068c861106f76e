// npm run bench:check: a small drain, in less than a minute, that fails where the lead over kafkajs's eachBatch is lost. It is
// held to the processor's time for a record: that of the wall clock is printed beside it, but on a busy machine it says
// more about the others there. ackstream is 3 to 6 times as fast; the floor is far below, so that only a real loss goes under it.
import { filled, missingForKafka, numbered, readPeer, withKafka } from './harness.mjs'
import { ours, ready } from './peers/catalogue.mjs'
import { median, rateOf } from './statistics.mjs'

const floor = 1.3
const rounds = 3
const other = 'kafkajs `eachBatch`'

const measure = async (kafka) => {
  const input = await filled(kafka.cluster, { partitions: 4, records: 1_000_000, value: numbered(100) })
  const commands = ready([ours, other])
  const ratios = []
  // Pairs, one right after the other: what slows the machine slows both. The first warms the broker up.
  for (let round = 0; round <= rounds; round++) {
    const mine = await readPeer(commands[ours], kafka, input)
    const peer = await readPeer(commands[other], kafka, input)
    const ratio = { cpu: peer.cpuMs / mine.cpuMs, wall: peer.ms / mine.ms }
    if (round > 0) ratios.push(ratio)
    const shown = `${ratio.cpu.toFixed(2)} times by processor, ${ratio.wall.toFixed(2)} by the clock`
    console.log(`ackstream ${rateOf(mine)}, kafkajs ${rateOf(peer)} records/s: ${shown}`)
  }
  const [cpu, wall] = ['cpu', 'wall'].map((which) => median(ratios.map((ratio) => ratio[which])))
  console.log(
    `medians: ${cpu.toFixed(2)} times kafkajs eachBatch by processor, at least ${floor} is asked for; ${wall.toFixed(2)} by the clock`
  )
  if (cpu < floor) process.exitCode = 1
}

const missing = missingForKafka()
if (missing === null) await withKafka(measure)
else console.warn(`THE BENCHMARK IS SKIPPED: it needs ${missing}, or KAFKA_BROKERS`)
