// node produce.mjs CLIENT BROKERS TOPIC RECORDS FILE IDEMPOTENT COMPRESSION: writes so many records with one of writers/, acks
// all, their values the lines of a file in turn: arrays of 1,000 with ten calls under way, or what the client takes. Prints
// how long it took.
import { readFileSync } from 'node:fs'
import { print, stopwatch } from './measure.mjs'

const [, , name, brokers, topic, total, file, idempotent, compression] = process.argv
const { writer } = await import(`./writers/${name}.mjs`)
const values = readFileSync(file, 'utf8')
  .split('\n')
  .map((line) => Buffer.from(line))
const {
  send,
  close,
  calls = 10,
  chunk = 1_000
} = await writer({
  brokers,
  topic,
  bytes: values[0].length,
  idempotent: idempotent === 'true',
  compression
})
/** Written before the clock runs: connections, metadata, compiled code. */
const warmUp = 50_000

const write = async (count) => {
  let next = 0
  const work = async () => {
    while (next < count) {
      const from = next
      next += chunk
      const length = Math.min(chunk, count - from)
      await send(Array.from({ length }, (_, index) => values[(from + index) % values.length]))
    }
  }
  await Promise.all(Array.from({ length: calls }, work))
}

await write(warmUp)
const { begin, elapsed } = stopwatch()
begin()
await write(Number(total))
print({ records: Number(total), written: Number(total) + warmUp, ...elapsed() })
await close()
process.exit(0)
