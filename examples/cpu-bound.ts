// How do I work on records that keep a processor busy, without standing still meanwhile?
//
// The work is done on threads of its own: timers, heartbeats and the other partitions go on.
//
// prints:
//   committed up to 2, and the timer went on
//   13195: 29
//   30971726: 15485863
import { lastValueFrom, tap } from 'rxjs'
import { commit, consumer, deserialize, eachPartition, handle, logTo, mapValue, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { workers } from 'ackstream/workers'
import type largestPrime from './workers/largest-prime.js'

const cluster = memoryCluster({ topics: { numbers: 1 } })
cluster.produce('numbers', { value: '30971726' }, { value: '13195' })

const numbers = consumer(cluster, {
  'group.id': 'factors',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('numbers')
})
logTo(numbers, console, { level: 'warn' })

const factored = workers<typeof largestPrime>({
  file: new URL('./workers/largest-prime.js', import.meta.url),
  threads: 2
})

let ticks = 0
const timer = setInterval(() => ticks++, 5)
const found: string[] = []

await lastValueFrom(
  numbers.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        mapValue(Number),
        // As many at once as there are threads. What never ends is given up, and its thread with it.
        handle(factored, { concurrency: 2, order: 'none', timeoutMs: 60_000 }),
        tap(({ value: { number, prime } }) => found.push(`${number}: ${prime}`)),
        commit({ every: 2, withinMs: 60_000 })
      )
    ),
    tap(({ offset }) => {
      console.log(`committed up to ${offset}, and the timer ${ticks > 2 ? 'went on' : 'stood still'}`)
      void numbers.drain()
    })
  )
)
clearInterval(timer)
await factored.close()
for (const line of found.sort()) console.log(line)
