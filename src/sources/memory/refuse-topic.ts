import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { NewTopic } from '../../ports/new-topic.js'

/** Why Kafka's controller would not create the topic; null if it would. */
export const refuseTopic = ({ topic, partitions }: NewTopic): Fault | null => {
  const refused = (code: number, message: string): Fault => brokerFault('CreateTopics', code, topic, undefined, message)
  if (!/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/.test(topic))
    return refused(errorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: '${topic}'`)
  return partitions > 0
    ? null
    : refused(errorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.')
}
