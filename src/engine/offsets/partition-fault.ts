import { brokerFault, errorCode as code } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** What an error code of one partition says. */
export const partitionFault = (api: string, given: number, { topic, partition }: TopicPartition): Fault =>
  given === code.TOPIC_AUTHORIZATION_FAILED
    ? { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
    : brokerFault(api, given, topic, partition)
