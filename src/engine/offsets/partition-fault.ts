import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** The fault for an error code of one partition. */
export const partitionFault = (api: string, code: number, { topic, partition }: TopicPartition): Fault =>
  code === errorCode.TOPIC_AUTHORIZATION_FAILED
    ? { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
    : brokerFault(api, code, topic, partition)
