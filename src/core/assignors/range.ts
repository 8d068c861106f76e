import type { TopicPartition } from '../../model/topic-partition.js'
import { type AssignableMember, type Assignor, byInstanceThenMember } from './assignor.js'

/**
 * Java's `RangeAssignor` (without racks): topic by topic, a contiguous range for each of its members in order; the first
 * members get one more where it does not come out even.
 */
export const range: Assignor = {
  name: 'range',
  protocol: 'eager',
  assign: (members, partitionCounts) => {
    const given = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]))
    const topics = new Set(members.flatMap((member) => member.topics))
    for (const topic of topics) {
      const count = partitionCounts.get(topic) ?? 0
      const interested = members.filter((member) => member.topics.includes(topic)).sort(byInstanceThenMember)
      shareOut(topic, count, interested, given)
    }
    return given
  }
}

const shareOut = (
  topic: string,
  count: number,
  members: readonly AssignableMember[],
  given: ReadonlyMap<string, TopicPartition[]>
): void => {
  const each = Math.floor(count / members.length)
  const extra = count % members.length
  let next = 0
  members.forEach((member, index) => {
    const end = next + each + (index < extra ? 1 : 0)
    for (; next < end; next++) given.get(member.memberId)?.push({ topic, partition: next })
  })
}
