// How are offsets committed where the program decides when?
//
// prints:
//   nothing is committed by itself: null
//   committed: 2 (all below it is acknowledged)
//   refused: only what is below 4 was delivered; use seek to go past what was not
//   committed: 4
import { isRight } from 'fp-ts/lib/Either.js'
import { consumer, ConsumerError, eachPartition, logTo, subscribe } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'
import { bufferCount, concatMap, map } from 'rxjs'

const cluster = memoryCluster({ topics: { orders: 1 } })
cluster.produce('orders', { value: '1' }, { value: '2' }, { value: '3' }, { value: '4' })

const orders = consumer(cluster, {
  'group.id': 'by-hand',
  'auto.offset.reset': 'earliest',
  'enable.auto.commit': false,
  subscription: subscribe('orders')
})
logTo(orders, console, { level: 'warn' })
const place = { topic: 'orders', partition: 0 }

const commitThem = async (): Promise<void> => {
  console.log(`nothing is committed by itself: ${cluster.committed('by-hand', place)}`)
  const [stored] = await orders.commitSync([{ ...place, offset: 2n, metadata: 'host 7' }])
  console.log(`committed: ${stored?.offset} (all below it is acknowledged)`)
  await orders.commitSync([{ ...place, offset: 9n }]).catch((error: unknown) => {
    if (error instanceof ConsumerError && error.fault._tag === 'OffsetRefusedFault')
      console.log(`refused: ${error.fault.reason}`)
  })
  orders.commitAsync([{ ...place, offset: 4n }], (outcome) => {
    if (isRight(outcome)) console.log(`committed: ${outcome.right[0]?.offset}`)
    void orders.drain()
  })
}

orders
  .pipe(
    eachPartition((partition) => partition.pipe(map(({ offset }) => offset))),
    bufferCount(4),
    concatMap(commitThem)
  )
  .subscribe()
