import { isListOf } from '../model/check-arguments.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { DeadLetterPolicy, RetryLaterPolicy } from '../model/failure-policy.js'
import {
  checkOptions,
  deadLetters,
  either,
  name,
  needed,
  oneOf,
  type OptionRule,
  type OptionRules
} from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import { checkCluster } from './check-cluster.js'
import { MovesUnderWay } from './retries/moves-under-way.js'
import { RetryIndex } from './retries/retry-index.js'
import { TieredRetryPath } from './retries/retry-path.js'

/** How long records wait in a retry topic: a whole number and its unit. */
export type RetryDelay = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** The topics that failed records wait in, how long, and what happens to them in the end. */
export interface RetryLaterOptions {
  /** The name of the retry topics without their delay: `orders.retry` makes `orders.retry.10s`. */
  readonly topic: string
  /** How long a record waits before it is tried again, the first time, the second time, and so on. */
  readonly tiers: readonly RetryDelay[]
  /** What happens to a record that failed in every tier, and of one that can never succeed. */
  readonly then: 'fail' | 'skip' | DeadLetterPolicy
  /**
   * What later records of the same order do (of the same key under `order: 'key'`): `'follow'` it through the retry
   * topics until it is settled, or `'overtake'` it.
   * @default 'follow'
   */
  readonly behind?: 'follow' | 'overtake'
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const delayMsOf = (delay: unknown): number | null => {
  const [, count = '', unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(String(delay)) ?? []
  const ms = Number(count) * (unitMs[unit] ?? 0)
  return ms > 0 ? ms : null
}

const tiers: OptionRule = {
  allowed: "a list of different delays such as '10s', '1m', '2h'",
  holds: (given) =>
    isListOf(given, (delay) => typeof delay === 'string' && delayMsOf(delay) !== null) &&
    given.length > 0 &&
    new Set(given).size === given.length
}

const topicName: OptionRule = {
  allowed: 'a topic name: letters, digits, dots, dashes and underscores, at most 230',
  holds: (given) => name.holds(given) && /^[a-zA-Z0-9._-]{1,230}$/.test(String(given))
}

/** `RetryLaterOptions` */
const rules: OptionRules = {
  topic: needed(topicName),
  tiers: needed(tiers),
  then: needed(either(oneOf('fail', 'skip'), deadLetters)),
  behind: oneOf('follow', 'overtake')
}

/**
 * Retries failed records later: each moves to a retry topic, and is tried again when it is due, by the same pipeline.
 * The partition that it came from continues at once.
 *
 * - Create the topics (`retries.topics`), with as many partitions as the topic that the records come from, and let the
 *   consumer subscribe to them too. Their records come through the same pipeline; `retryOf(record)` says where they are
 *   from. One policy serves one group.
 * - Order: what `order` of the operator keeps in order stays in order. Under `order: 'key'` later records of the key
 *   follow the failed one from topic to topic, without being tried, until it is settled; then they are tried in their
 *   order. With `behind: 'overtake'`, and under `order: 'none'`, they do not wait.
 * - Settled: a record is settled once its copy is confirmed by all replicas in sync. While that topic cannot be written
 *   to, the record waits, with an event `waiting`.
 * - Memory: a record that is not due is not kept: its partition is not read until then. Of what waits, each member
 *   keeps the places and the keys.
 * - Restarts and rebalances: what waits, and which keys have to follow, is read from the topics, from the group's
 *   committed offsets on. A record that is delivered again is not written again while its copy waits. It is read anew
 *   when a retry topic was cut or created again.
 * - After a seek each record is handled again, except that one whose copy is not due is left to its copy.
 * - Within `transactional` it is refused: the copy would not be part of the transaction.
 * - A record that fails in the last tier, a failure that is permanent by `classify`, and a record that is too large for
 *   the retry topics go to `then`: to dead letters as they came, with the place and the headers of the original.
 * - Emits `retried later` for each record that moves.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const retries = retryLater(cluster, { topic: 'orders.retry', tiers: ['10s', '1m', '10m'], then: deadLetter(cluster, { topic: 'orders.dlq' }) })
 * const orders = consumer(cluster, { 'group.id': 'billing', subscription: subscribe('orders', ...retries.topics) })
 * orders.pipe(eachPartition((partition) => partition.pipe(handle(charge, { order: 'key', onFailure: retries }), commit()))).subscribe()
 */
export const retryLater = (cluster: Cluster, options: RetryLaterOptions): RetryLaterPolicy => {
  checkCluster('retryLater', cluster)
  checkOptions('retryLater', options, rules)
  const { topic, then, behind = 'follow' } = options
  const all = options.tiers.map((delay) => ({ topic: `${topic}.${delay}`, delayMs: delayMsOf(delay) ?? 0 }))
  const topics = all.map((tier) => tier.topic)
  const moves = new MovesUnderWay()
  let index: RetryIndex | null = null
  let uses = 0
  const forget = (): void => {
    const former = index
    index = null
    former?.close()
  }
  const open = (): TieredRetryPath => {
    uses++
    // Topics that could not be read may be readable now, which also helps pipelines that are still running.
    if (index?.fault !== null) forget()
    return new TieredRetryPath({
      cluster,
      tiers: all,
      overtakes: behind === 'overtake',
      moves,
      indexOf: (origin) => {
        const groupId = origin.groupId ?? ''
        if (groupId === '') throw unfit('the consumer has no group.id: only the offsets of a group say what is settled')
        index ??= new RetryIndex(cluster, groupId, topics, origin)
        index.reporter = origin
        if (index.topics.groupId !== groupId)
          throw unfit(
            `it is used by the groups ${index.topics.groupId} and ${groupId}: give each a policy and topics of its own`
          )
        return index
      },
      close: () => {
        if (--uses === 0) forget()
      }
    })
  }
  return { _tag: 'RetryLater', topics, then, open }
}

const unfit = (reason: string): ConsumerError =>
  new ConsumerError({ _tag: 'UsageFault', reason: `retryLater: ${reason}` })
