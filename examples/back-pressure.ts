// What happens when a handler is slower than the topic, and how do I see it?
//
// A partition gets at most `maxInFlight` unfinished records; then it stands, and its lag grows. The others go on.
//
// prints:
//   the handler of partition 0 hangs:
//   jobs/0: position 10, lag 90, in flight 10, no credit
//   jobs/1: position 100, lag 0, in flight 0, no data
//   it goes on:
//   jobs/0: position 100, lag 0, in flight 0, no data
//   jobs/1: position 100, lag 0, in flight 0, no data
import { filter, first, firstValueFrom, interval, Subject } from 'rxjs'
import { commit, consumer, eachPartition, logTo, type PartitionPosition, subscribe, writeTo } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { jobs: 2 } })
for (let job = 0; job < 200; job++) cluster.produce('jobs', { partition: job % 2, value: String(job) })

const jobs = consumer(cluster, {
  'group.id': 'workers',
  'auto.offset.reset': 'earliest',
  maxInFlight: 10,
  subscription: subscribe('jobs')
})
logTo(jobs, console, { level: 'warn' })

let hanging = true
const goOn = new Subject<void>()

jobs
  .pipe(
    eachPartition((stream) =>
      stream.pipe(
        writeTo(({ partition }) => (partition === 0 && hanging ? goOn.pipe(first()) : null)),
        commit()
      )
    )
  )
  .subscribe()

/** Shows where the partitions stand, once they stand as told. */
const show = async (settled: (position: PartitionPosition) => boolean): Promise<void> => {
  const stands = (): boolean => jobs.positions().length === 2 && jobs.positions().every(settled)
  await firstValueFrom(interval(5).pipe(filter(stands)))
  for (const { topic, partition, position, lag, inFlight, standing } of jobs.positions())
    console.log(`${topic}/${partition}: position ${position}, lag ${lag}, in flight ${inFlight}, ${standing}`)
}

console.log('the handler of partition 0 hangs:')
await show(({ partition, standing }) => standing === (partition === 0 ? 'no credit' : 'no data'))
console.log('it goes on:')
hanging = false
goOn.next()
await show(({ lag, standing }) => lag === 0n && standing === 'no data')
await jobs.drain()
