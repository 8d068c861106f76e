import type { TopicPartition } from '../../../model/topic-partition.js'
import { type Assignor, byInstanceThenMember, compare } from './assignor.js'

/**
 * Java's `RoundRobinAssignor`: all partitions of all topics in order, dealt to the members in order; a member that is
 * not subscribed to the topic is skipped.
 */
export const roundrobin: Assignor = {
  name: 'roundrobin',
  protocol: 'eager',
  assign: (members, partitions) => {
    const sorted = [...members].sort(byInstanceThenMember)
    const assignment = new Map<string, TopicPartition[]>(sorted.map((member) => [member.memberId, []]))
    const subscriptions = sorted.map((member) => new Set(member.topics))
    const topics = [...new Set(sorted.flatMap((member) => member.topics))].sort(compare)
    let turn = 0
    for (const topic of topics) {
      const count = partitions.get(topic)?.length ?? 0
      for (let partition = 0; partition < count; partition++) {
        while (subscriptions[turn % subscriptions.length]?.has(topic) === false) turn++
        const member = sorted[turn++ % sorted.length]
        if (member !== undefined) assignment.get(member.memberId)?.push({ topic, partition })
      }
    }
    return assignment
  }
}
