import { map, timer } from 'rxjs'
import { expect } from 'vitest'
import {
  type Cluster,
  commit,
  consumer,
  type ConsumerConfig,
  eachPartition,
  handle,
  type RebalanceEvent,
  subscribe
} from '../../src/index.js'
import type { RebalanceSummary } from '../../src/model/rebalance-event.js'
import { type Collected, collect } from './collect.js'
import { type GroupLog, type GroupMember, heartbeatMs, sessionMs } from './group-member.js'

/** A member of a group that is this library's. */
export interface OurMember extends GroupMember {
  readonly run: Collected<unknown>
  readonly rebalances: readonly RebalanceEvent[]
  readonly generation: number
  /** How it came to what it has, as the last rebalance said. */
  readonly rebalance: RebalanceSummary | null
}

let born = 0

/** Joins the group `topic` to read the topic of that name. */
export const ourMember = (
  cluster: Cluster,
  topic: string,
  config: Partial<ConsumerConfig>,
  log: GroupLog
): OurMember => {
  const name = `ours-${String(born++)}`
  const owner = config['group.instance.id'] ?? name
  const reader = consumer(cluster, {
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    // Under the consumer protocol they are the broker's.
    ...(config['group.protocol'] === 'consumer'
      ? {}
      : { 'heartbeat.interval.ms': heartbeatMs, 'session.timeout.ms': sessionMs }),
    subscription: subscribe(topic),
    ...config
  })
  const gained: number[] = []
  let last: Assigned | undefined
  reader.rebalances.subscribe((event) => {
    if (event._tag !== 'assigned') return
    last = event
    gained.push(...event.gained.map(({ partition }) => partition))
    log.owns(owner, event.generation, new Set([...event.gained, ...event.kept].map(({ partition }) => partition)))
  })
  const { values: rebalances } = collect(reader.rebalances)
  const run = collect(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          // Takes a moment, so that a rebalance meets work under way.
          handle(({ partition, offset }) =>
            timer(1).pipe(
              map(() => {
                log.handled(name, partition, offset)
              })
            )
          ),
          commit({ every: 100, withinMs: 200 })
        )
      )
    )
  )
  let failure: string | null = null
  void run.ended.then((how) => {
    if (how !== 'complete') failure = how.message
  })
  return {
    name,
    run,
    rebalances,
    gained,
    get failure() {
      return failure
    },
    get generation() {
      return last?.generation ?? -1
    },
    get rebalance() {
      return last?.rebalance ?? null
    },
    get memberId() {
      return last?.rebalance?.memberId ?? ''
    },
    get held() {
      return new Set(reader.positions().map(({ partition }) => partition))
    },
    leave: async () => {
      expect((await reader.drain()).outcome).toBe('drained')
      expect(await run.ended).toBe('complete')
    }
  }
}

type Assigned = Extract<RebalanceEvent, { readonly _tag: 'assigned' }>
