import type { TopicPartition } from '../../../model/topic-partition.js'
import { type AssignableMember, type Assignor, byInstanceThenMember, type PartitionRacks } from './assignor.js'
import { groupedBy } from '../../protocol/grouped-by.js'
import { rackOf, racksMatter } from './racks.js'

/**
 * Java's `RangeAssignor`: topic by topic, a contiguous range for each of its members in order; the first members get
 * one more if the division leaves a remainder.
 *
 * If racks matter, each member first gets partitions with a replica in its own rack, and the rest is divided into
 * ranges. Topics with the same members and the same number of partitions stay co-partitioned: their partitions of the
 * same number go to the same member, and so go together only to a member that is near all of them.
 */
export const range: Assignor = {
  name: 'range',
  protocol: 'eager',
  assign: (members, topics) => {
    const assignment = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]))
    const sorted = [...members].sort(byInstanceThenMember)
    const shares = [...membersByTopic(members, sorted)].map(
      ([topic, subscribers]) => new TopicShares(topic, topics.get(topic) ?? [], subscribers)
    )
    if (shares.some(({ byRack }) => byRack)) for (const alike of coPartitioned(shares)) shareByRack(alike)
    for (const topic of shares) {
      topic.fill(() => true)
      topic.putInto(assignment)
    }
    return assignment
  }
}

/** Topics in the order in which the members name them, each with its members in their order. */
const membersByTopic = (
  members: readonly AssignableMember[],
  sorted: readonly AssignableMember[]
): ReadonlyMap<string, readonly AssignableMember[]> => {
  const subscribers = new Map<string, AssignableMember[]>()
  for (const { topics } of members) for (const topic of topics) if (!subscribers.has(topic)) subscribers.set(topic, [])
  for (const member of sorted) for (const topic of new Set(member.topics)) subscribers.get(topic)?.push(member)
  return subscribers
}

const coPartitioned = (shares: readonly TopicShares[]): Iterable<readonly TopicShares[]> =>
  groupedBy(shares, (topic) => JSON.stringify([topic.count, ...topic.members.map(({ memberId }) => memberId)])).values()

const shareByRack = (alike: readonly TopicShares[]): void => {
  const [first, ...others] = alike
  if (first === undefined) return
  if (others.length === 0) {
    if (first.byRack) first.fill((member, partition) => first.isNotFar(member, partition))
    return
  }
  for (let partition = 0; partition < first.count; partition++) {
    const taker = first.members.find((member) =>
      alike.every((topic) => topic.roomOf(member) > 0 && topic.isNotFar(member, partition))
    )
    if (taker !== undefined) for (const topic of alike) topic.give(taker, [partition])
  }
}

/** One topic during the assignment. */
class TopicShares {
  readonly members: readonly AssignableMember[]
  readonly byRack: boolean
  private readonly topic: string
  private readonly racks: PartitionRacks
  private readonly left: Set<number>
  private readonly shares: ReadonlyMap<AssignableMember, number[]>
  private readonly each: number
  /** How many members may still get one more. */
  private extra: number

  constructor(topic: string, racks: PartitionRacks, members: readonly AssignableMember[]) {
    this.topic = topic
    this.racks = racks
    this.members = members
    this.byRack = racksMatter(members, racks)
    this.left = new Set(racks.keys())
    this.shares = new Map(members.map((member) => [member, []]))
    this.each = Math.floor(racks.length / members.length)
    this.extra = racks.length % members.length
  }

  get count(): number {
    return this.racks.length
  }

  roomOf(member: AssignableMember): number {
    return this.each + (this.extra > 0 ? 1 : 0) - (this.shares.get(member)?.length ?? 0)
  }

  /** Whether the member's rack has a replica, or the member has no rack. */
  isNotFar(member: AssignableMember, partition: number): boolean {
    const rack = rackOf(member)
    return rack === null || this.racks[partition]?.has(rack) === true
  }

  /** Gives each member in turn the first remaining partitions that it may have. */
  fill(mayHave: (member: AssignableMember, partition: number) => boolean): void {
    for (const member of this.members) {
      const room = this.roomOf(member)
      const share: number[] = []
      for (const partition of this.left) {
        if (share.length >= room) break
        if (mayHave(member, partition)) share.push(partition)
      }
      this.give(member, share)
    }
  }

  give(member: AssignableMember, partitions: readonly number[]): void {
    if (partitions.length === 0) return
    const share = this.shares.get(member) ?? []
    for (const partition of partitions) {
      share.push(partition)
      this.left.delete(partition)
    }
    if (share.length > this.each) this.extra--
  }

  putInto(assignment: ReadonlyMap<string, TopicPartition[]>): void {
    for (const [{ memberId }, share] of this.shares)
      for (const partition of share.sort((a, b) => a - b))
        assignment.get(memberId)?.push({ topic: this.topic, partition })
  }
}
