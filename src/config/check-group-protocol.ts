import { isLeft } from 'fp-ts/lib/Either.js'
import { re2PatternOf } from './re2-pattern.js'
import type { ConfigProblem } from '../model/fault.js'
import type { Subscribed } from './subscribed.js'

interface Chosen {
  readonly subscription: Subscribed
  readonly 'group.protocol': 'classic' | 'consumer'
  readonly 'group.remote.assignor': string | null
}

/** Properties that brokers configure under the consumer protocol. */
const ofBrokers: Readonly<Record<string, string>> = {
  'heartbeat.interval.ms':
    'group.consumer.heartbeat.interval.ms of the brokers, consumer.heartbeat.interval.ms of the group',
  'session.timeout.ms': 'group.consumer.session.timeout.ms of the brokers, consumer.session.timeout.ms of the group',
  'partition.assignment.strategy': 'group.remote.assignor'
}

/**
 * Properties that only one of the protocols supports, as in Java's `ConsumerConfig.checkUnsupportedConfigsPostProcess`.
 */
export const checkGroupProtocol = (
  { subscription, 'group.protocol': protocol, 'group.remote.assignor': assignor }: Chosen,
  input: unknown
): readonly ConfigProblem[] => {
  if (protocol === 'classic') {
    const allowed = "left out, or group.protocol: 'consumer'"
    return assignor === null ? [] : [{ property: 'group.remote.assignor', given: JSON.stringify(assignor), allowed }]
  }
  const given = new Map(Object.entries(Object(input) as object))
  const decided = Object.entries(ofBrokers).flatMap(([property, by]) => {
    const allowed = `left out under group.protocol: 'consumer', where it is ${by}`
    return given.get(property) === undefined ? [] : [{ property, given: JSON.stringify(given.get(property)), allowed }]
  })
  return [...decided, ...checkPatterns(subscription)]
}

const checkPatterns = (subscription: Subscribed): readonly ConfigProblem[] => {
  if (subscription._tag !== 'Subscribed') return []
  const pattern = re2PatternOf(subscription.topics.filter((topic) => topic instanceof RegExp))
  return isLeft(pattern)
    ? [
        {
          property: 'subscription',
          given: subscription.topics.map(String).join(', '),
          allowed: `no such pattern under group.protocol: 'consumer': ${pattern.left}`
        }
      ]
    : []
}
