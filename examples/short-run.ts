// How does a scheduled job or a function (AWS Lambda, a CronJob) process what is there, commit it, and end?
//
// prints:
//   first run: 3 records
//   second run: 1 records
//   third run: 0 records
import { first, interval } from 'rxjs'
import { commit, consumer, eachPartition, handle, logTo, subscribe, type Cluster } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

/** One run: what the handler of a function calls. The connections are of this run only, so nothing is frozen with it. */
const processWhatIsThere = async (cluster: Cluster): Promise<number> => {
  let handled = 0
  const orders = consumer(cluster, {
    'group.id': 'nightly',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  logTo(orders, console, { level: 'warn' })

  // It has partitions, and has read each of them to its end.
  interval(10)
    .pipe(
      first(() => {
        const positions = orders.positions()
        return positions.length > 0 && positions.every(({ lag }) => lag === 0n)
      })
    )
    .subscribe(() => void orders.drain())

  const pipeline = eachPartition((partition) =>
    partition.pipe(
      handle(() => handled++),
      commit()
    )
  )
  await new Promise<void>((complete, error) => orders.pipe(pipeline).subscribe({ complete, error }))
  return handled
}

const cluster = memoryCluster({ topics: { orders: 2 } })
cluster.produce('orders', { value: 'a' }, { value: 'b' }, { value: 'c' })
console.log(`first run: ${await processWhatIsThere(cluster)} records`)
cluster.produce('orders', { value: 'd' })
console.log(`second run: ${await processWhatIsThere(cluster)} records`)
console.log(`third run: ${await processWhatIsThere(cluster)} records`)
