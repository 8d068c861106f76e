import * as t from 'io-ts'
import type { ConfigProblem } from '../model/fault.js'
import type { StartPosition } from '../model/position.js'
import { printableValue } from '../model/printable.js'
import { partitionKey } from '../model/topic-partition.js'
import { aPosition } from './check-places.js'
import type { Subscribed } from './subscribed.js'

/** What a consumer reads, decoded. */
export type Subscription =
  | { readonly _tag: 'topics'; readonly topics: readonly string[]; readonly patterns: readonly RegExp[] }
  | { readonly _tag: 'partitions'; readonly partitions: readonly StartPosition[] }

/** Kafka's rule for the name of a topic. */
const topicName = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/

const isSubscribed = (value: unknown): value is Subscribed =>
  typeof value === 'object' &&
  value !== null &&
  '_tag' in value &&
  (value._tag === 'Subscribed' || value._tag === 'Assigned')

export const subscribed = new t.Type<Subscribed, unknown>(
  'subscribe(…) or assign(…)',
  isSubscribed,
  (value, context) => (isSubscribed(value) ? t.success(value) : t.failure(value, context)),
  t.identity
)

const oneByOne = "each topic as an argument of its own: subscribe('orders', 'refunds')"

/** The problems of a subscription. */
export const checkSubscription = (subscription: Subscribed): readonly ConfigProblem[] => {
  const allowedTopic = 'a topic name: letters, digits, dots, dashes and underscores, at most 249'
  const allowedToSubscribe = `${allowedTopic}; each topic is an argument of its own, and a pattern a RegExp: subscribe('orders', /^shop\\./)`
  const problem = (given: unknown, allowed: string, path = ''): ConfigProblem => ({
    property: `subscription${path}`,
    given: printableValue(given),
    allowed
  })
  if (subscription._tag === 'Subscribed') {
    const { topics } = subscription
    if (!Array.isArray(topics) || topics.length === 0) return [problem(topics, 'at least one topic')]
    return Array.from(topics).flatMap((topic, index) =>
      topic instanceof RegExp || (typeof topic === 'string' && topicName.test(topic))
        ? []
        : [problem(topic, typeof topic === 'object' ? oneByOne : allowedToSubscribe, `[${String(index)}]`)]
    )
  }
  const { partitions } = subscription
  if (!Array.isArray(partitions) || partitions.length === 0) return [problem(partitions, 'at least one partition')]
  const seen = new Set<string>()
  // By index, so that each hole of a sparse list counts.
  return Array.from(subscription.partitions).flatMap((start: StartPosition | null | undefined, index) => {
    const path = `[${String(index)}]`
    if (typeof start !== 'object' || start === null) return [problem(start, '{ topic, partition, from }', path)]
    const found: ConfigProblem[] = []
    if (typeof start.topic !== 'string' || !topicName.test(start.topic))
      found.push(problem(start.topic, allowedTopic, `${path}.topic`))
    if (!Number.isSafeInteger(start.partition) || start.partition < 0 || start.partition >= 2 ** 31)
      found.push(problem(start.partition, 'a whole number from 0', `${path}.partition`))
    if (!aPosition.holds(start.from)) found.push(problem(start.from, aPosition.allowed, `${path}.from`))
    if (found.length > 0) return found
    const key = partitionKey(start.topic, start.partition)
    if (seen.has(key)) found.push(problem(key, 'each partition once', path))
    seen.add(key)
    return found
  })
}

export const subscriptionOf = (subscription: Subscribed): Subscription =>
  subscription._tag === 'Assigned'
    ? // A copy: the given list may change later, unchecked.
      { _tag: 'partitions', partitions: subscription.partitions.map((start) => ({ ...start })) }
    : {
        _tag: 'topics',
        topics: subscription.topics.filter((topic) => typeof topic === 'string'),
        // Without `g` and `y`, whose `lastIndex` would make every second test fail.
        patterns: subscription.topics
          .filter((topic) => topic instanceof RegExp)
          .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')))
      }

/** Whether the subscription includes the topic. */
export const subscribesTo = (subscription: Subscription, topic: string): boolean =>
  subscription._tag === 'topics'
    ? subscription.topics.includes(topic) || subscription.patterns.some((pattern) => topic.search(pattern) >= 0)
    : subscription.partitions.some((one) => one.topic === topic)
