import { memoryCluster, type MemoryCluster } from '../../src/testing.js'
import {
  consumer,
  subscribe,
  type CommitEvent,
  type Consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  type RebalanceEvent
} from '../../src/index.js'
import { VirtualClock } from './virtual-clock.js'

/** A consumer of the topic `orders` on an embedded cluster in virtual time, and everything it has said. */
export interface Rig {
  readonly clock: VirtualClock
  readonly cluster: MemoryCluster
  readonly orders: Consumer
  readonly events: ConsumerEvent[]
  readonly commits: CommitEvent[]
  readonly rebalances: RebalanceEvent[]
  /** What the group has stored for each partition. */
  readonly committed: () => readonly (bigint | null)[]
  /** Another member of the same group. */
  readonly member: (config?: Partial<ConsumerConfig>) => Consumer
}

export const group = 'billing'

export const rig = (partitions: number, config: Partial<ConsumerConfig> = {}, records = 0): Rig => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ topics: { orders: partitions }, time: clock })
  for (let number = 0; number < records; number++) {
    cluster.produce('orders', { partition: number % partitions, key: `k${String(number)}`, value: String(number) })
  }
  const member = (more: Partial<ConsumerConfig> = {}): Consumer =>
    consumer(cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      // Eager: whoever comes makes all of the others' partitions be revoked.
      'partition.assignment.strategy': ['range'],
      subscription: subscribe('orders'),
      ...config,
      ...more
    })
  const orders = member()
  const said = { events: [] as ConsumerEvent[], commits: [] as CommitEvent[], rebalances: [] as RebalanceEvent[] }
  orders.events.subscribe((event) => said.events.push(event))
  orders.commits.subscribe((event) => said.commits.push(event))
  orders.rebalances.subscribe((event) => said.rebalances.push(event))
  const committed = (): readonly (bigint | null)[] =>
    Array.from({ length: partitions }, (_, partition) => cluster.committed(group, { topic: 'orders', partition }))
  return { clock, cluster, orders, member, committed, ...said }
}
