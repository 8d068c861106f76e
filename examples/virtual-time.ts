// How do I test a pipeline that waits, without waiting?
//
// Cluster, consumer and operators go by the scheduler that the cluster is given: a minute of theirs passes in no time. A
// handler has to give a value or an Observable there, since a Promise settles in real time; in `marbles` it may give anything.
//
// prints:
//   after 0 s: attempt 1
//   after 60 s: attempt 2
//   after 180 s: attempt 3
//   after 180 s: committed up to 1
import { VirtualTimeScheduler } from 'rxjs'
import { commit, consumer, eachPartition, exponential, handle, logTo, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const time = new VirtualTimeScheduler()
const cluster = memoryCluster({ topics: { alarms: 1 }, time })
cluster.produce('alarms', { value: 'fire' })

const say = (what: string): void => {
  console.log(`after ${String(Math.round(time.now() / 1000))} s: ${what}`)
}

const alarms = consumer(cluster, {
  'group.id': 'brigade',
  'auto.offset.reset': 'earliest',
  subscription: subscribe('alarms')
})
logTo(alarms, console, { level: 'warn' })

alarms
  .pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(
          (_, { attempt }) => {
            say(`attempt ${attempt}`)
            if (attempt < 3) throw new Error('engaged')
          },
          // Half of each wait is fixed and half random: here all of it is fixed.
          { retry: { attempts: 3, backoff: exponential({ initialMs: 60_000, maxMs: 600_000, random: () => 1 }) } }
        ),
        commit({ every: 1 })
      )
    )
  )
  .subscribe(({ offset }) => {
    say(`committed up to ${offset}`)
    void alarms.drain()
  })

time.flush()
