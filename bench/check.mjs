// npm run bench:check: a small drain, in less than a minute, that fails where ackstream is not even 1.5 times as fast as
// kafkajs's eachBatch. It is 3 to 6 times as fast: the floor is far below, so that only a real loss goes under it.
import { filledTopic, median, rateOf, runPeer, withKafka } from './harness.mjs'

const floor = 1.5
const records = 1_000_000
const rounds = 3

await withKafka(async ({ brokers, cluster }) => {
  const topic = await filledTopic(cluster, { partitions: 4, records })
  const ratios = []
  // Pairs, one right after the other: what slows the machine slows both. The first warms the broker up.
  for (let round = 0; round <= rounds; round++) {
    const ours = rateOf(await runPeer(['ackstream.mjs'], [brokers, topic, records]))
    const peer = rateOf(await runPeer(['kafkajs.mjs', 'eachBatch'], [brokers, topic, records]))
    if (round > 0) ratios.push(ours / peer)
    console.log(`ackstream ${ours}, kafkajs ${peer} records/s: ${(ours / peer).toFixed(2)}`)
  }
  const ratio = median(ratios)
  console.log(`median ${ratio.toFixed(2)} times kafkajs eachBatch, at least ${floor} is asked for`)
  if (ratio < floor) process.exitCode = 1
})
