import type { TopicPartition } from '../../../model/topic-partition.js'
import { compare } from './assignor.js'
import { PartitionMovements } from './partition-movements.js'
import type { Locality } from './racks.js'
import type { SettledClaims, StickyMember } from './sticky-claims.js'

/**
 * The sticky assignment where members want different topics: Java's `GeneralAssignmentBuilder`. Everybody keeps what it had,
 * each other partition goes to whoever of its topic has least - if racks matter, first of those that are not in another rack
 * than all its replicas -, and then partitions move from who has two more than another
 * of the same topic, until there is no such pair.
 *
 * Java looks before every step whether all is balanced, leaves aside what cannot move, and in the end throws away what did
 * not improve the balance. Neither changes the outcome here: a partition moves only where that improves the balance. Like
 * Java's, such moves do not look at racks.
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
  // What nobody had moves first; unless partitions have to move anyhow, as Java has it.
  if (!claims.revoking) settle(others, shares, claims, movements)
  settle(all, shares, claims, movements)
  return shares.byMember()
}

/** Moves partitions until none can improve the balance; each move does, so there is an end. */
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

/** Who has at least two partitions less and may have this one: who had it before, or else who has least. */
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

/** Java's order: topics with few members first, for their partitions have the least choice. */
const inOrder = ({ partitions }: SettledClaims, shares: PartitionShares): readonly TopicPartition[] =>
  [...partitions.keys()]
    .sort((a, b) => shares.membersOf(a).length - shares.membersOf(b).length || compare(a, b))
    .flatMap((topic) => partitions.get(topic) ?? [])

/** Who holds what while it is being shared out. */
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

  /** Who of the topic's members, or of some of them, has the fewest partitions; the first of those. */
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
