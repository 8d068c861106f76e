import type { TopicPartition } from '../../../model/topic-partition.js'
import { compare } from './assignor.js'
import { PartitionMovements } from './partition-movements.js'
import type { Locality } from './racks.js'
import type { SettledClaims, StickyMember } from './sticky-claims.js'

/**
 * The sticky assignment if members want different topics: Java's `GeneralAssignmentBuilder`. Each member keeps what it
 * had. Each other partition goes to the member of its topic with the fewest partitions; if racks matter, first to those
 * that are not in a rack without a replica. Then partitions move from a member that has at least two more than another
 * of the same topic, until there is no such pair.
 *
 * Before every step Java checks whether everything is balanced, leaves out partitions that cannot move, and in the end
 * discards moves that did not improve the balance. Neither changes the outcome here: a partition moves only if that
 * improves the balance. As in Java, these moves ignore racks.
 */
export const generalAssignment = (
  members: readonly StickyMember[],
  claims: SettledClaims,
  locality: Locality
): ReadonlyMap<string, readonly TopicPartition[]> => {
  const shares = new PartitionShares(members)
  const all = inOrder(claims, shares)
  for (const [place, memberId] of claims.owners) shares.put(place, memberId)

  const others = all.filter((place) => !claims.owners.has(place))
  const deal = (places: readonly TopicPartition[], mayHave: (memberId: string, place: TopicPartition) => boolean) =>
    places.filter((place) => {
      const memberId = shares.leastOf(place.topic, (one) => mayHave(one, place))
      if (memberId !== undefined) shares.put(place, memberId)
      return memberId === undefined
    })
  const far = deal(others, (memberId, place) => !locality.isFar(memberId, place))
  deal(far, () => true)

  const movements = new PartitionMovements()
  // As in Java, partitions without a former owner move first, unless owned partitions have to move anyway.
  if (!claims.revoking) settle(others, shares, claims, movements)
  settle(all, shares, claims, movements)
  return shares.byMember()
}

/** Moves partitions until no move improves the balance; each move does, so it ends. */
const settle = (
  places: readonly TopicPartition[],
  shares: PartitionShares,
  claims: SettledClaims,
  movements: PartitionMovements
): void => {
  for (let moved = true; moved;) {
    moved = false
    for (const place of places) {
      const from = shares.holderOf(place)
      if (from === undefined) continue
      const to = betterThan(from, place, shares, claims)
      if (to === undefined) continue
      for (const move of movements.moving(place, from, to)) {
        shares.put(move.place, move.to)
        movements.moved(move)
      }
      moved = true
    }
  }
}

/**
 * A member that has at least two partitions fewer and may have this one: its former owner, otherwise the one with the fewest.
 */
const betterThan = (
  from: string,
  place: TopicPartition,
  shares: PartitionShares,
  claims: SettledClaims
): string | undefined => {
  const size = shares.sizeOf(from)
  const former = claims.formerOwners.get(place)
  if (former !== undefined && size > shares.sizeOf(former) + 1) return former
  const least = shares.leastOf(place.topic)
  return least !== undefined && size > shares.sizeOf(least) + 1 ? least : undefined
}

/** Java's order: topics with few members first, since their partitions have the least choice. */
const inOrder = ({ partitions }: SettledClaims, shares: PartitionShares): readonly TopicPartition[] =>
  [...partitions.keys()]
    .sort((a, b) => shares.membersOf(a).length - shares.membersOf(b).length || compare(a, b))
    .flatMap((topic) => partitions.get(topic) ?? [])

/** The owners of partitions during the assignment. */
class PartitionShares {
  private readonly held = new Map<string, Set<TopicPartition>>()
  private readonly holders = new Map<TopicPartition, string>()
  private readonly members = new Map<string, string[]>()

  constructor(members: readonly StickyMember[]) {
    for (const { memberId, topics } of [...members].sort((a, b) => compare(a.memberId, b.memberId))) {
      this.held.set(memberId, new Set())
      for (const topic of new Set(topics)) {
        const others = this.members.get(topic)
        if (others === undefined) this.members.set(topic, [memberId])
        else others.push(memberId)
      }
    }
  }

  holderOf(place: TopicPartition): string | undefined {
    return this.holders.get(place)
  }

  sizeOf(memberId: string): number {
    return this.held.get(memberId)?.size ?? 0
  }

  /** In the order of their ids. */
  membersOf(topic: string): readonly string[] {
    return this.members.get(topic) ?? []
  }

  /**
   * The member with the fewest partitions among those that subscribe to the topic and fulfil the condition; the first of
   * several.
   */
  leastOf(topic: string, among: (memberId: string) => boolean = () => true): string | undefined {
    let least: string | undefined
    for (const memberId of this.membersOf(topic))
      if (among(memberId) && (least === undefined || this.sizeOf(memberId) < this.sizeOf(least))) least = memberId
    return least
  }

  put(place: TopicPartition, memberId: string): void {
    const holder = this.holders.get(place)
    if (holder !== undefined) this.held.get(holder)?.delete(place)
    this.held.get(memberId)?.add(place)
    this.holders.set(place, memberId)
  }

  byMember(): ReadonlyMap<string, readonly TopicPartition[]> {
    return new Map([...this.held].map(([memberId, places]) => [memberId, [...places]]))
  }
}
