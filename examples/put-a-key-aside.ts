// One customer's account is locked. How do the others go on, without losing the order of that one?
//
// prints:
//   ann 1
//   bob 1: locked
//   parked offset 1
//   ann 2
//   bob 1
//   bob 2
//   committed up to 4
import {
  commit,
  consumer,
  deadLetter,
  deserialize,
  eachPartition,
  exponential,
  handle,
  logTo,
  park,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { filter } from 'rxjs'

const cluster = memoryCluster({ topics: { payments: 1, 'payments.dlq': 1 } })
for (const [key, value] of [
  ['ann', '1'],
  ['bob', '1'],
  ['bob', '2'],
  ['ann', '2']
] as const)
  cluster.produce('payments', { key, value })

let locked = true

const pay = (account: string, payment: string): void => {
  const fails = account === 'bob' && locked
  console.log(`${account} ${payment}${fails ? ': locked' : ''}`)
  if (fails) throw new Error('locked')
}

const payments = consumer(cluster, {
  'group.id': 'bank',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('payments')
})
logTo(payments, console, { level: 'warn' })
payments.events.subscribe((event) => {
  if (event._tag !== 'parked') return
  locked = false // somebody unlocks it meanwhile
  console.log(`parked offset ${event.offset}`)
})

payments
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ key: utf8, value: utf8 }),
        handle(({ key, value }) => pay(key, value), {
          order: 'key',
          concurrency: 8,
          onFailure: park({
            retry: { attempts: 10, backoff: exponential({ initialMs: 200, maxMs: 1_000 }) },
            then: deadLetter(cluster, { topic: 'payments.dlq' }) // with all that waits behind it, in order
          })
        }),
        commit({ every: 4 })
      )
    )
  )
  .pipe(filter(({ offset }) => offset === 4n))
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void payments.drain()
  })
