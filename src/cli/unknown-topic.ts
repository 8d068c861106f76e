import { ConsumerError } from '../model/consumer-error.js'
import { describeFault } from '../model/describe-fault.js'
import { nearestName } from '../model/nearest-name.js'
import { printable } from '../model/printable.js'
import type { Cluster } from '../ports/cluster.js'

/** A command failed since a topic does not exist, and there is one of a similar name. */
export class UnknownTopicError extends Error {
  constructor(error: ConsumerError, nearest: string) {
    super(`${describeFault(error.fault)}; did you mean ${printable(nearest)}?`, { cause: error })
  }
}

/** The same error, with the name of a similar topic if it is about an unknown one and there is such a topic. */
export const withNearestTopic = async (error: unknown, cluster: Cluster): Promise<unknown> => {
  if (!(error instanceof ConsumerError)) return error
  const { fault } = error
  if (fault._tag !== 'BrokerFault' || fault.name !== 'UNKNOWN_TOPIC_OR_PARTITION' || fault.topic === undefined)
    return error
  try {
    const nearest = nearestName(fault.topic, await cluster.admin().listTopics())
    return nearest === undefined || nearest === fault.topic ? error : new UnknownTopicError(error, nearest)
  } catch {
    // The command's own fault counts.
    return error
  }
}
