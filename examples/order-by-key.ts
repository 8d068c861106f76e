// How do I work on many records at once and still keep the order of each key?
//
// b's records do not wait for a's slow one; a's second does. The commit waits for all that is below it.
//
// prints:
//   a1 begins
//   b1 begins
//   b1 is done
//   b2 begins
//   b2 is done
//   a1 is done
//   a2 begins
//   a2 is done
//   committed up to 4
import { firstValueFrom, Subject } from 'rxjs'
import { commit, consumer, deserialize, eachPartition, handle, logTo, subscribe, utf8 } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { accounts: 1 } })
for (const value of ['a1', 'a2', 'b1', 'b2']) cluster.produce('accounts', { key: value.charAt(0), value })

const b2IsDone = new Subject<void>()
const update = async (change: string): Promise<void> => {
  console.log(`${change} begins`)
  if (change === 'a1') await firstValueFrom(b2IsDone)
  console.log(`${change} is done`)
  if (change === 'b2') b2IsDone.next()
}

const accounts = consumer(cluster, {
  'group.id': 'bank',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('accounts')
})
logTo(accounts, console, { level: 'warn' })

accounts
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        handle(({ value }) => update(value), { concurrency: 16, order: 'key' }),
        commit({ every: 4 })
      )
    )
  )
  .subscribe(({ offset }) => {
    console.log(`committed up to ${offset}`)
    void accounts.drain()
  })
