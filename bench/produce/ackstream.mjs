// node ackstream.mjs BROKERS TOPIC RECORDS BYTES IDEMPOTENT COMPRESSION: writes so many records, acks all; prints how long it took.
import { producer } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { lastValueFrom, mergeMap, range, tap } from 'rxjs'
import { isLeft } from 'fp-ts/lib/Either.js'
import { payloads, warmUp } from './payloads.mjs'

const [brokers, topic, records, bytes, idempotent, compression] = process.argv.slice(2)
const cluster = kafka({ 'bootstrap.servers': brokers })
const writer = producer(cluster, { 'enable.idempotence': idempotent === 'true', 'compression.type': compression })
const values = payloads(Number(bytes))
const chunk = 1_000
let failed = 0

const write = (count) =>
  lastValueFrom(
    range(0, count / chunk).pipe(
      mergeMap(
        (number) =>
          writer.sendAll(
            Array.from({ length: chunk }, (_, index) => ({
              topic,
              value: values[(number * chunk + index) % values.length]
            }))
          ),
        10
      ),
      tap(({ outcome }) => {
        if (isLeft(outcome)) failed++
      })
    )
  )

await write(warmUp)
const start = performance.now()
await write(Number(records))
const ms = performance.now() - start
if (failed > 0) throw new Error(`${failed} were not written`)
console.log(JSON.stringify({ ms, records: Number(records), rss: process.resourceUsage().maxRSS * 1024 }))
await writer.close()
