import type { TopicPartition } from '../../../model/topic-partition.js'
import type { PartitionRacks } from './assignor.js'

interface RackMember {
  readonly memberId: string
  readonly rack: string | null
}

/** The member's rack; null if it has none or an empty one. */
export const rackOf = ({ rack }: { readonly rack: string | null }): string | null => (rack === '' ? null : rack)

/**
 * Java's `useRackAwareAssignment`: racks matter only if some member's rack has a replica, and not every partition has
 * replicas in the same racks, since then every partition is equally near to all members.
 */
export const racksMatter = (members: readonly RackMember[], partitions: PartitionRacks): boolean => {
  const all = new Set(partitions.flatMap((racks) => [...racks]))
  const isPresent = (member: RackMember): boolean => all.has(rackOf(member) ?? '') && rackOf(member) !== null
  return members.some(isPresent) && partitions.some((racks) => racks.size < all.size)
}

/**
 * Which members are near which partitions, for a whole group: Java's `RackInfo`. If racks do not matter, none is near
 * or far.
 */
export class Locality {
  readonly matters: boolean
  private readonly topics: ReadonlyMap<string, PartitionRacks>
  private readonly racks = new Map<string, string>()
  /** How many members are in each rack. */
  private readonly sizes = new Map<string, number>()

  constructor(members: readonly RackMember[], topics: ReadonlyMap<string, PartitionRacks>) {
    this.topics = topics
    this.matters = racksMatter(members, [...topics.values()].flat())
    if (!this.matters) return
    for (const member of members) {
      const rack = rackOf(member)
      if (rack === null) continue
      this.racks.set(member.memberId, rack)
      this.sizes.set(rack, (this.sizes.get(rack) ?? 0) + 1)
    }
  }

  /** Whether the member's rack has a replica. */
  isNear(memberId: string, place: TopicPartition): boolean {
    const rack = this.racks.get(memberId)
    return rack !== undefined && this.racksOf(place).has(rack)
  }

  /** Whether the member has a rack, and no replica is in it. */
  isFar(memberId: string, place: TopicPartition): boolean {
    const rack = this.racks.get(memberId)
    return rack !== undefined && !this.racksOf(place).has(rack)
  }

  /** Partitions with the fewest members near them come first: they have the least choice. */
  fewestNearFirst(places: readonly TopicPartition[]): readonly TopicPartition[] {
    if (!this.matters) return places
    const near = (place: TopicPartition): number =>
      [...this.racksOf(place)].reduce((sum, rack) => sum + (this.sizes.get(rack) ?? 0), 0)
    return [...places].sort((a, b) => near(a) - near(b))
  }

  private racksOf({ topic, partition }: TopicPartition): ReadonlySet<string> {
    return this.topics.get(topic)?.[partition] ?? nowhere
  }
}

const nowhere: ReadonlySet<string> = new Set()
