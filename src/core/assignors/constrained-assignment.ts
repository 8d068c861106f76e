import type { TopicPartition } from '../../model/topic-partition.js'
import { compare } from './assignor.js'
import type { SettledClaims } from './sticky-claims.js'

/**
 * The sticky assignment where all members want the same topics: Java's `ConstrainedAssignmentBuilder`. Everybody's share is
 * known beforehand, so each keeps what it had up to that, and the rest is dealt to those who have less.
 */
export const constrainedAssignment = (
  memberIds: readonly string[],
  { partitions, owners }: SettledClaims
): ReadonlyMap<string, readonly TopicPartition[]> => {
  const all = [...partitions.values()].flat()
  const least = Math.floor(all.length / memberIds.length)
  // So many members get one more.
  const larger = all.length % memberIds.length

  const given = new Map<string, TopicPartition[]>()
  const short: string[] = []
  const even: string[] = []
  const had = ownedBy(owners)
  let larges = 0
  for (const memberId of [...memberIds].sort(compare)) {
    const owned = (had.get(memberId) ?? []).sort(byPartitionThenTopic)
    const isLarge = owned.length > least && larges < larger
    if (isLarge) larges++
    given.set(memberId, owned.slice(0, isLarge ? least + 1 : least))
    if (owned.length < least) short.push(memberId)
    else if (!isLarge) even.push(memberId)
  }

  const kept = new Set([...given.values()].flat())
  let turn = 0
  for (const place of all) {
    if (kept.has(place)) continue
    // Only once all have their least does anybody get one more.
    if (short.length === 0) {
      give(given, even.shift(), place)
      continue
    }
    turn %= short.length
    const memberId = short[turn]
    if (give(given, memberId, place) < least) turn++
    else even.push(...short.splice(turn, 1))
  }
  return given
}

const give = (
  given: ReadonlyMap<string, TopicPartition[]>,
  memberId: string | undefined,
  place: TopicPartition
): number => (memberId === undefined ? 0 : (given.get(memberId)?.push(place) ?? 0))

const ownedBy = (owners: ReadonlyMap<TopicPartition, string>): ReadonlyMap<string, TopicPartition[]> => {
  const owned = new Map<string, TopicPartition[]>()
  for (const [place, memberId] of owners) {
    const of = owned.get(memberId)
    if (of === undefined) owned.set(memberId, [place])
    else of.push(place)
  }
  return owned
}

/** By partition first: what a member has too much is taken evenly from its topics. */
const byPartitionThenTopic = (a: TopicPartition, b: TopicPartition): number =>
  a.partition - b.partition || compare(a.topic, b.topic)
