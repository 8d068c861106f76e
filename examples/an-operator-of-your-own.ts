// How is an operator written that passes acknowledgements on?
//
// This one keeps only the last record of each key for a while. What it keeps it holds, what a newer one replaces it settles,
// what has become stale it drops.
//
// prints:
//   a: 3
//   b: 2
//   committed up to 4
import {
  commit,
  consumer,
  type ConsumerRecord,
  eachPartition,
  hold,
  isStale,
  logTo,
  release,
  settle,
  subscribe
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { Observable, type OperatorFunction, tap } from 'rxjs'

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()

const latestOfKey =
  (everyMs: number): OperatorFunction<ConsumerRecord, ConsumerRecord> =>
  (records) =>
    new Observable((destination) => {
      const kept = new Map<string, ConsumerRecord>()
      const flush = (): void => {
        for (const record of kept.values()) {
          if (!isStale(record)) destination.next(record) // lost meanwhile: nobody would commit it
          release(record)
        }
        kept.clear()
      }
      const timer = setInterval(flush, everyMs)
      destination.add(() => {
        clearInterval(timer)
        for (const record of kept.values()) release(record) // unsettled: it comes again
      })
      destination.add(
        records.subscribe({
          next: (record) => {
            const key = text(record.key)
            const former = kept.get(key)
            kept.set(key, record)
            hold(record) // not swallowed: it keeps its credit, and no event `unsettled` names it
            if (former === undefined) return
            settle(former) // replaced: the commit may go past it
            release(former)
          },
          error: (error: unknown) => destination.error(error),
          complete: () => {
            flush() // a drain waits for it
            destination.complete()
          }
        })
      )
    })

const cluster = memoryCluster({ topics: { prices: 1 } })
for (const [key, value] of [
  ['a', '1'],
  ['b', '1'],
  ['b', '2'],
  ['a', '3']
] as const)
  cluster.produce('prices', { key, value })

const prices = consumer(cluster, {
  'group.id': 'board',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('prices')
})
logTo(prices, console, { level: 'warn' })

prices
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        latestOfKey(50),
        tap(({ key, value }) => console.log(`${text(key)}: ${text(value)}`)),
        commit({ every: 4 })
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void prices.drain()
  })
