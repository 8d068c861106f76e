// What the older majors of optional packages are used for.
import { commit, eachPartition, handle } from 'ackstream'
import { testRecord } from 'ackstream/testing'
import { losesNothing, LossError } from 'ackstream/testing/fast-check'
import { workers } from 'ackstream/workers'
import { deepStrictEqual as same } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { compressorOf, decompress } from './codecs.mjs'

const text = new TextEncoder().encode('what is said again and again, '.repeat(5_000))
// A view into a larger buffer, as records are.
const within = new Uint8Array(text.length + 7).subarray(5, 5 + text.length)
within.set(text)
for (const type of ['snappy', 'lz4']) {
  const compressed = compressorOf(type).run(within)
  if (compressed.length > text.length / 10) throw new Error(`${type} does not compress`)
  same(Buffer.from(decompress(type, compressed, 1e6).right), Buffer.from(text))
}

const pipeline = (orders, { sink }) => orders.pipe(eachPartition((p) => p.pipe(handle(sink), commit({ every: 1 }))))
await losesNothing({ pipeline }, { runs: 20 })
const early = (orders, { sink }) => orders.pipe(eachPartition((p) => p.pipe(commit({ every: 1 }), handle(sink))))
const loss = await losesNothing({ pipeline: early }, { seed: 1 }).catch((error) => error)
if (!(loss instanceof LossError)) throw new Error('no loss was found')

const file = new URL('worker.mjs', import.meta.url)
writeFileSync(file, `export default ({ value }) => {
  if (value === 'loop') for (;;);
  if (value === 'exit') process.exit(3)
  return value * 2
}`)
const never = { signal: new AbortController().signal }
const failure = (promise) => promise.then(() => { throw new Error('it did not fail') }, (error) => error)
const pool = workers({ file, threads: 1 })
same(await pool(testRecord({ value: 2 }), never), 4)
// A loop that never ends is ended with its thread, and another takes its place.
const aborted = new AbortController()
const looping = failure(pool(testRecord({ value: 'loop' }), aborted))
aborted.abort()
await looping
same(await pool(testRecord({ value: 3 }), never), 6)
await failure(pool(testRecord({ value: 'exit' }), never))
same(await pool(testRecord({ value: 4 }), never), 8)
await pool.close()
// A thread that never comes up fails what it was given instead of leaving it waiting.
const lost = workers({ file: new URL('none.mjs', import.meta.url), threads: 1 })
same(/none\.mjs/.test((await failure(lost(testRecord({ value: 1 }), never))).message), true)
await lost.close()
console.log('fine')
