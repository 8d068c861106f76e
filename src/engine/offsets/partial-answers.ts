import { offsetLookupVerdict } from '../../core/committing/offset-verdicts.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import { reconnecting } from '../../core/protocol/reconnecting.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { PartitionCode } from '../../ports/kafka-calls.js'
import type { PartialAnswer, Retries } from '../retry-missing.js'
import type { SessionContext } from '../session-context.js'

/** Nothing was found, all for the same reason. */
export const allRefused = <Q>(queries: readonly Q[], fault: Fault): PartialAnswer<Q, never> => ({
  found: [],
  refused: queries.map((query) => ({ query, fault }))
})

/**
 * The errors of an answer, and the partitions that it leaves out. A topic that only matches a pattern (`isNamed` is false) does
 * not end the consumer: the look-up is repeated until the user may read it, or it leaves the subscription.
 */
export const refusalsOf = <Q extends TopicPartition>(
  api: string,
  queries: readonly Q[],
  answered: readonly PartitionCode[],
  isNamed: (topic: string) => boolean
): PartialAnswer<Q, never>['refused'] => {
  const codes = new Map(answered.map((entry) => [partitionKey(entry.topic, entry.partition), entry.code]))
  return queries.flatMap((query): PartialAnswer<Q, never>['refused'] => {
    const { topic, partition } = query
    const code = codes.get(partitionKey(topic, partition)) ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION
    switch (offsetLookupVerdict(code)) {
      case 'found':
        return []
      case 'unauthorized':
        return [
          {
            query,
            fault: isNamed(topic)
              ? { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
              : brokerFault(api, code, topic, partition)
          }
        ]
      case 'topic id unknown':
      case 'retry':
        return [{ query, fault: brokerFault(api, code, topic, partition) }]
    }
  })
}

/** Reports that a request is sent again: it waits for an answer of this kind, or for the broker. */
export const reportRetries = (
  { handlers }: SessionContext,
  reason: string,
  whom: string
): Pick<Retries<never>, 'retry' | 'over'> => ({
  retry: (fault, attempt, inMs) => {
    handlers.event(
      isAnswer(fault) ? { _tag: 'waiting', reason, fault, inMs } : reconnecting(fault, whom, attempt, inMs)
    )
  },
  // An answer has ended the wait already, unless the last query was given up.
  over: () => {
    handlers.event({ _tag: 'recovered', from: 'waiting', what: reason, afterMs: 0 })
  }
})

/** Whether the fault is a broker's answer, which means that the broker can be reached. */
const isAnswer = ({ _tag }: Fault): boolean =>
  _tag === 'BrokerFault' || _tag === 'UnknownTopicFault' || _tag === 'UnknownPartitionFault'
