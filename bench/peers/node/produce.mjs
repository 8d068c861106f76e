// node produce.mjs CLIENT BROKERS TOPIC RECORDS FILE IDEMPOTENT COMPRESSION: writes so many records with one of writers/, acks
// all, their values the lines of a file in turn: arrays of 1,000 with ten calls under way, or what the client takes. Prints
// how long it took.
import { readFileSync } from 'node:fs'
import { print } from './measure.mjs'

const [, , name, brokers, topic, total, file, idempotent, compression] = process.argv
const { writer } = await import(`./writers/${name}.mjs`)
const values = readFileSync(file, 'utf8').split('\n').map((line) => Buffer.from(line)) // prettier-ignore
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
const began = performance.now()
const used = process.cpuUsage()
await write(Number(total))
const ms = performance.now() - began
const { user, system } = process.cpuUsage(used)
print({ records: Number(total), written: Number(total) + warmUp, ms, cpuMs: (user + system) / 1000 })
await close()
process.exit(0)
