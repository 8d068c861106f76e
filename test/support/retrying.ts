import {
  type Cluster,
  commit,
  type Consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  type EachPartitionOptions,
  handle,
  type HandleOptions,
  retryLater,
  type RetryLaterOptions,
  type RetryLaterPolicy,
  subscribe
} from '../../src/index.js'
import { rig, type Rig } from './rig.js'

export const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined)

/** A pipeline that retries later, on an embedded cluster in virtual time. */
export interface Retrying {
  readonly made: Rig
  readonly retries: RetryLaterPolicy
  /** what was handled, in order; a failed attempt with a `!` */
  readonly seen: string[]
  /** how often a value still fails */
  readonly failures: Map<string, number>
  readonly events: ConsumerEvent[]
  /** Starts another member. */
  readonly join: (policy?: RetryLaterPolicy) => Consumer
  readonly waiting: (tier: string) => readonly string[]
  readonly letters: () => readonly string[]
}

export interface Given {
  readonly options?: Partial<RetryLaterOptions>
  readonly config?: Partial<ConsumerConfig>
  readonly more?: HandleOptions<ConsumerRecord>
  readonly partitions?: number
  readonly isStarted?: boolean
  readonly onError?: EachPartitionOptions['onError']
  /** after so many records the pipeline commits */
  readonly every?: number
  /** what the policy is made with */
  readonly through?: (cluster: Cluster) => Cluster
}

/** A pipeline whose handler fails as often as `failures` says. The first letter of a value is its key: a1, b1, a2, … */
export const retrying = (
  values: readonly string[],
  failing: Readonly<Record<string, number>>,
  {
    options = {},
    config = {},
    more = {},
    partitions = 1,
    isStarted = true,
    through = (given) => given,
    onError = 'stop',
    every = 1
  }: Given = {}
): Retrying => {
  const made = rig(partitions, config)
  const { cluster } = made
  cluster.createTopic('dead', 1)
  const policy = (): RetryLaterPolicy =>
    retryLater(through(cluster), {
      topic: 'orders.retry',
      tiers: ['10s', '1m'],
      then: deadLetter(cluster, { topic: 'dead' }),
      ...options
    })
  const retries = policy()
  for (const topic of retries.topics) cluster.createTopic(topic, partitions)
  for (const value of values) cluster.produce('orders', { key: value.slice(0, 1), value })
  const seen: string[] = []
  const events: ConsumerEvent[] = []
  const failures = new Map(Object.entries(failing))
  const work = (record: ConsumerRecord): void => {
    const value = textOf(record.value)
    const left = failures.get(value) ?? 0
    failures.set(value, left - 1)
    seen.push(left > 0 ? `${value}!` : value)
    if (left > 0) throw new Error('boom')
  }
  const join = (with_ = retries): Consumer => {
    const member = made.member({ subscription: subscribe('orders', ...retries.topics) })
    member.events.subscribe((event) => events.push(event))
    member
      .pipe(
        eachPartition(
          (p) => p.pipe(handle(work, { order: 'key', concurrency: 4, onFailure: with_, ...more }), commit({ every })),
          { onError }
        )
      )
      .subscribe({ error: () => undefined })
    return member
  }
  if (isStarted) join()
  return {
    made,
    retries,
    seen,
    failures,
    events,
    join: (given) => join(given ?? policy()),
    waiting: (tier) =>
      cluster.records({ topic: `orders.retry.${tier}`, partition: 0 }).map(({ value }) => textOf(value)),
    letters: () => cluster.records({ topic: 'dead', partition: 0 }).map(({ value }) => textOf(value))
  }
}
