// What happens in a rebalance, and how do I watch it?
//
// A member that leaves by its own will tells of it in the same way.
//
// prints:
//   member 1: assigned 0, 1, 2, 3, keeps none
//   member 2 joins
//   member 1: assigned none, keeps 0, 1
//   member 1: revoking 2, 3
//   member 1: revoked 2 (drained), 3 (drained)
//   member 2: assigned none, keeps none
//   member 1: assigned none, keeps 0, 1
//   member 2: assigned 2, 3, keeps none
//   member 1 leaves
//   member 1: revoking 0, 1
//   member 1: revoked 0 (drained), 1 (drained)
//   member 2: assigned 0, 1, keeps 2, 3
import { filter, firstValueFrom, Subject, takeUntil } from 'rxjs'
import {
  commit,
  type Consumer,
  consumer,
  eachPartition,
  logTo,
  type RebalanceEvent,
  subscribe,
  type TopicPartition
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { seats: 4 } })

const curtain = new Subject<void>()

const list = (partitions: readonly TopicPartition[]): string =>
  partitions.map(({ partition }) => partition).join(', ') || 'none'

const describe = (event: RebalanceEvent): string => {
  switch (event._tag) {
    case 'assigned':
      return `assigned ${list(event.gained)}, keeps ${list(event.kept)}`
    case 'revoking':
      return `revoking ${list(event.partitions)}`
    case 'revoked': // drained and committed, or it says how much will be repeated
    case 'lost':
      return `${event._tag} ${event.partitions.map(({ partition, outcome }) => `${partition} (${outcome})`).join(', ')}`
  }
}

const gains = (event: RebalanceEvent): boolean => event._tag === 'assigned' && event.gained.length > 0

const join = async (name: string): Promise<Consumer> => {
  const seats = consumer(cluster, {
    'group.id': 'ushers',
    'heartbeat.interval.ms': 50, // how soon a member hears of a rebalance
    subscription: subscribe('seats')
  })
  logTo(seats, console, { level: 'warn' })
  seats.rebalances.pipe(takeUntil(curtain)).subscribe((event) => {
    console.log(`${name}: ${describe(event)}`)
  })
  const assigned = firstValueFrom(seats.rebalances.pipe(filter(gains)))
  seats.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
  await assigned
  return seats
}

const first = await join('member 1')
console.log('member 2 joins')
const second = await join('member 2')
console.log('member 1 leaves')
const taken = firstValueFrom(second.rebalances.pipe(filter(gains)))
await first.drain()
await taken
curtain.next()
await second.drain()
