import type { TopicPartition } from '../../../model/topic-partition.js'
import { compare } from './assignor.js'
import type { Locality } from './racks.js'
import type { SettledClaims } from './sticky-claims.js'

/**
 * The sticky assignment if all members subscribe to the same topics: Java's `ConstrainedAssignmentBuilder`. Each member's share
 * is known beforehand: it keeps its partitions up to that share, and the rest goes to members with fewer. If racks matter,
 * members that are near a partition come first.
 */
export const constrainedAssignment = (
  memberIds: readonly string[],
  { partitions, owners }: SettledClaims,
  locality: Locality
): ReadonlyMap<string, readonly TopicPartition[]> => {
  const all = [...partitions.values()].flat()
  const shares = new Shares(Math.floor(all.length / memberIds.length), all.length % memberIds.length)
  const had = ownedBy(owners)
  for (const memberId of [...memberIds].sort(compare))
    shares.keep(memberId, (had.get(memberId) ?? []).sort(byPartitionThenTopic))

  const kept = new Set([...shares.assigned.values()].flat())
  const others = locality.fewestNearFirst(all.filter((place) => !kept.has(place)))
  shares.deal(locality.matters ? shares.dealNear(others, locality) : others)
  return shares.assigned
}

/** Every member gets the minimum, and some get one more. */
class Shares {
  readonly assigned = new Map<string, TopicPartition[]>()
  private readonly least: number
  /** How many members may still get one more. */
  private larger: number
  private readonly short: string[] = []
  /** Members that have the minimum, and may get one more. */
  private even: string[] = []

  constructor(least: number, larger: number) {
    this.least = least
    this.larger = larger
  }

  keep(memberId: string, owned: readonly TopicPartition[]): void {
    const isLarge = owned.length > this.least && this.larger > 0
    this.assigned.set(memberId, owned.slice(0, isLarge ? this.least + 1 : this.least))
    if (isLarge) this.enlarged()
    else if (owned.length < this.least) this.short.push(memberId)
    else if (this.larger > 0) this.even.push(memberId)
  }

  /** Assigns partitions to near members where possible; returns the rest. */
  dealNear(places: readonly TopicPartition[], locality: Locality): readonly TopicPartition[] {
    let turn = 0
    return places.filter((place) => {
      const near = (memberId: string): boolean => locality.isNear(memberId, place)
      const after = this.short.findIndex((memberId, at) => at >= turn && near(memberId))
      const at = after >= 0 ? after : this.short.findIndex(near)
      if (at >= 0) {
        turn = this.giveShort(at, place)
        return false
      }
      const next = this.even.findIndex(near)
      if (next < 0) return true
      this.give(this.even.splice(next, 1)[0], place)
      this.enlarged()
      return false
    })
  }

  /** Assigns the rest, near or not. */
  deal(places: readonly TopicPartition[]): void {
    let turn = 0
    for (const place of places) {
      // A member gets one more only once all have the minimum.
      if (this.short.length === 0) this.give(this.even.shift(), place)
      else turn = this.giveShort(turn, place)
    }
  }

  /** The member whose turn is next. */
  private giveShort(at: number, place: TopicPartition): number {
    const memberId = this.short[at]
    if (this.give(memberId, place) < this.least) return (at + 1) % this.short.length
    this.short.splice(at, 1)
    if (memberId !== undefined && this.larger > 0) this.even.push(memberId)
    return this.short.length === 0 ? 0 : at % this.short.length
  }

  private give(memberId: string | undefined, place: TopicPartition): number {
    return memberId === undefined ? 0 : (this.assigned.get(memberId)?.push(place) ?? 0)
  }

  private enlarged(): void {
    this.larger--
    if (this.larger === 0) this.even = []
  }
}

const ownedBy = (owners: ReadonlyMap<TopicPartition, string>): ReadonlyMap<string, TopicPartition[]> => {
  const owned = new Map<string, TopicPartition[]>()
  for (const [place, memberId] of owners) {
    const of = owned.get(memberId)
    if (of === undefined) owned.set(memberId, [place])
    else of.push(place)
  }
  return owned
}

/** By partition first: a member's surplus is taken evenly from its topics. */
const byPartitionThenTopic = (a: TopicPartition, b: TopicPartition): number =>
  a.partition - b.partition || compare(a.topic, b.topic)
