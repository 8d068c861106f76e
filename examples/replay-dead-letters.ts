// The handler is mended. How do the dead letters get back to where they came from?
//
// prints:
//   refused: the topic audit is not listed
//   replayed to orders: order 2, dlq.replays 1
import { commit, consumer, deadLetter, eachPartition, handle, logTo, replayDeadLetters, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { filter, map, mergeMap, take } from 'rxjs'

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const cluster = memoryCluster({ topics: { orders: 1, audit: 1, dead: 1 } })
cluster.produce('orders', { key: 'a', value: 'order 2' })
cluster.produce('audit', { key: 'a', value: 'entry 5' })

// What has failed, before it was mended:
const broken = consumer(cluster, {
  'group.id': 'broken',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('orders', 'audit')
})
logTo(broken, console, { level: 'warn' })
const fail = (): never => {
  throw new Error('out of order')
}
broken
  .pipe(eachPartition((p) => p.pipe(handle(fail, { onFailure: deadLetter(cluster, { topic: 'dead' }) }), commit())))
  .subscribe()

const letters = consumer(cluster, {
  'group.id': 'replay',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('dead')
})
logTo(letters, console, { level: 'warn' })
letters.events.subscribe((event) => {
  if (event._tag === 'skipped' && event.fault._tag === 'ReplayRefusedFault')
    console.log(`refused: ${event.fault.reason}`)
})

const replay = (): void => {
  letters
    .pipe(
      eachPartition((partition) =>
        // Only to topics that are listed, whatever the letters say, and each three times at most.
        partition.pipe(replayDeadLetters(cluster, { topics: ['orders'], onFailure: 'skip' }), commit({ every: 1 }))
      )
    )
    .subscribe()
}

broken.events
  .pipe(
    filter(({ _tag }) => _tag === 'dead lettered'),
    take(2),
    map((_, index) => index),
    filter((index) => index === 1),
    mergeMap(() => broken.drain())
  )
  .subscribe(replay)

letters.commits.pipe(take(1)).subscribe(() => {
  const [, back] = cluster.records({ topic: 'orders', partition: 0 })
  const [replays] = back?.headers ?? []
  console.log(`replayed to orders: ${text(back?.value ?? null)}, ${replays?.name} ${text(replays?.value ?? null)}`)
  void letters.drain()
})
