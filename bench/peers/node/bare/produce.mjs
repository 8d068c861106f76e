// node bare/produce.mjs encode|written BROKERS TOPIC RECORDS FILE: what writing costs at least in Node: batches of 1 MB, five
// requests in flight, no producer id. "written" sends batches that exist already, "encode" puts each value into its batch before.
import { readFileSync } from 'node:fs'
import { print, stopwatch } from '../measure.mjs'
import { batchWriter } from './batch.mjs'
import { open, partitionsOf, produceOf, written } from './wire.mjs'

const [, , how, brokers, topic, total, file] = process.argv
const connection = open(brokers)
const partitions = await partitionsOf(connection, topic)
const values = readFileSync(file, 'utf8')
  .split('\n')
  .map((line) => Buffer.from(line))
const size = Math.floor((1_000_000 - 100) / (values[0].length + 12))
const free = Array.from({ length: 5 }, () => batchWriter(1_000_000))
const warmUp = 50_000

const filled = (writer, from, to) => {
  writer.clear()
  for (let at = from; at < to; at++) writer.add(values[at % values.length])
  return writer.finish()
}
const full = filled(batchWriter(1_000_000), 0, size)

const write = async (count) => {
  let next = 0
  const work = async (writer) => {
    while (next < count) {
      const from = next
      next = Math.min(count, from + size)
      const batch = how === 'written' && next - from === size ? full : filled(writer, from, next)
      const asked = produceOf(topic, Math.floor(from / size) % partitions, batch)
      await new Promise((resolve) => connection.ask(asked, (answer) => resolve(written(answer))))
    }
  }
  await Promise.all(free.map(work))
}

await write(warmUp)
const { begin, elapsed } = stopwatch()
begin()
await write(Number(total))
print({ records: Number(total), written: Number(total) + warmUp, ...elapsed() })
process.exit(0)
