// One customer's account is locked for a while. How do the others go on, when retries take longer than memory should wait?
//
// prints:
//   ann 1
//   ann 2
//   bob 1: locked
//   bob 1 waits in payments.retry.1s
//   bob 2 waits in payments.retry.1s
//   bob 1, attempt 2
//   bob 2, attempt 1
import {
  commit,
  consumer,
  deadLetter,
  deserialize,
  eachPartition,
  handle,
  retryLater,
  retryOf,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { take } from 'rxjs'

const cluster = memoryCluster({
  topics: { payments: 1, 'payments.retry.1s': 1, 'payments.retry.5s': 1, 'payments.dlq': 1 }
})
for (const [key, value] of [
  ['ann', '1'],
  ['bob', '1'],
  ['bob', '2'],
  ['ann', '2']
] as const)
  cluster.produce('payments', { key, value })

let locked = true

const retries = retryLater(cluster, {
  topic: 'payments.retry',
  tiers: ['1s', '5s'],
  then: deadLetter(cluster, { topic: 'payments.dlq' })
})

const payments = consumer(cluster, {
  'group.id': 'bank',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('payments', ...retries.topics)
})
const waiting = ['bob 1', 'bob 2'] // in the order in which they move
payments.events.subscribe((event) => {
  if (event._tag !== 'retried later') return
  locked = false // somebody unlocks it meanwhile
  console.log(`${waiting.shift()} waits in ${event.to}`)
})

payments
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: utf8, value: utf8 }),
        handle(
          (record) => {
            const { key, value } = record
            const before = retryOf(record)
            if (before !== null) console.log(`${key} ${value}, attempt ${before.attempts + 1}`)
            else console.log(`${key} ${value}${key === 'bob' && locked ? ': locked' : ''}`)
            if (key === 'bob' && locked) throw new Error('locked')
          },
          { order: 'key', concurrency: 8, onFailure: retries } // bob 2 follows bob 1, and is not tried before it
        ),
        commit({ every: 1 })
      )
    ),
    take(4)
  )
  .subscribe({ complete: () => void payments.drain() })
