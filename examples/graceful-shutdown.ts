// How does a service stop on SIGTERM without losing or repeating anything?
//
// prints:
//   mail 0 is under way
//   SIGTERM: no more intake
//   mail 0 is sent
//   mail 1 is sent
//   mail 2 is sent
//   drained: mails/0 committed 3, 0 to be repeated
import { once } from 'node:events'
import { commit, consumer, eachPartition, handle, logTo, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { tap } from 'rxjs'

const cluster = memoryCluster({ topics: { mails: 1 } })
cluster.produce('mails', { value: 'one' }, { value: 'two' }, { value: 'three' })

const mails = consumer(cluster, {
  'group.id': 'postman',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('mails')
})
logTo(mails, console, { level: 'warn' })

mails
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        tap(({ offset }) => {
          if (offset === 2n) process.kill(process.pid, 'SIGTERM') // else the orchestrator does
        }),
        handle(async ({ offset }) => {
          if (offset === 0n) {
            console.log('mail 0 is under way')
            await once(process, 'SIGTERM')
          }
          console.log(`mail ${offset} is sent`)
        }),
        commit()
      )
    )
  )
  .subscribe()

process.once('SIGTERM', () => {
  console.log('SIGTERM: no more intake')
  // Within what the orchestrator grants; what is not done by then is abandoned, and said to be repeated.
  void mails.drain({ timeoutMs: 10_000 }).then(({ outcome, partitions }) => {
    for (const { topic, partition, committed, repeated } of partitions)
      console.log(`${outcome}: ${topic}/${partition} committed ${committed}, ${repeated} to be repeated`)
  })
})
