// Where do I keep state that belongs to a partition, so that it never outlives the partition?
//
// In a variable of `eachPartition`'s function. Member 2 joins below and takes partition 1 over: its cache starts empty
// there. Partition 0 stays with member 1, so its stream and its cache live on. (With an eager strategy such as 'range' it
// would be given back and assigned again, and its cache would be a new one.)
//
// prints:
//   member 1, clicks/0: ann 1
//   member 1, clicks/1: bob 1
//   member 1, clicks/1: bob 2
//   member 1 drops the cache of clicks/1
//   member 2, clicks/1: bob 1
//   member 2 drops the cache of clicks/1
//   member 1 drops the cache of clicks/0
import { filter, finalize, firstValueFrom, type Observable } from 'rxjs'
import {
  type Committed,
  commit,
  type Consumer,
  consumer,
  deserialize,
  eachPartition,
  handle,
  logTo,
  type PartitionStream,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { clicks: 2 } })

const counting =
  (member: string) =>
  (partition: PartitionStream): Observable<Committed> => {
    const place = `clicks/${partition.partition}`
    const cache = new Map<string, number>()
    return partition.pipe(
      deserialize({ value: utf8 }),
      handle(({ value: user }) => {
        cache.set(user, (cache.get(user) ?? 0) + 1)
        console.log(`${member}, ${place}: ${user} ${cache.get(user) ?? 0}`)
      }),
      commit({ every: 1 }),
      finalize(() => {
        console.log(`${member} drops the cache of ${place}`)
      })
    )
  }

const join = async (member: string): Promise<Consumer> => {
  const clicks = consumer(cluster, {
    'group.id': 'counting',
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 50, // how soon a member hears of a rebalance
    subscription: subscribe('clicks')
  })
  logTo(clicks, console, { level: 'warn' })
  const assigned = firstValueFrom(
    clicks.rebalances.pipe(filter((event) => event._tag === 'assigned' && event.gained.length > 0))
  )
  clicks.pipe(eachPartition(counting(member))).subscribe()
  await assigned
  return clicks
}

/** Produces and waits until it is committed. */
const click = async (member: Consumer, partition: number, value: string): Promise<void> => {
  const stored = firstValueFrom(member.commits.pipe(filter(({ _tag }) => _tag === 'stored')))
  cluster.produce('clicks', { partition, value })
  await stored
}

const first = await join('member 1')
await click(first, 0, 'ann')
await click(first, 1, 'bob')
await click(first, 1, 'bob')
const second = await join('member 2')
await click(second, 1, 'bob')
await second.drain()
await first.drain()
