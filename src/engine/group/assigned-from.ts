import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** The input of a group's assignment: if it changes, the group has to assign again. */
interface Fingerprint {
  /** how many partitions each topic has */
  readonly counts: ReadonlyMap<string, number>
  readonly racks: string
}

const isSameCount = (one: Fingerprint, other: Fingerprint): boolean =>
  one.counts.size === other.counts.size && [...one.counts].every(([topic, count]) => other.counts.get(topic) === count)

/**
 * The input of the group's last assignment, as far as this member has to watch it. As in Java's client a leader watches
 * the topics of all members (`ConsumerCoordinator.updateGroupSubscription`): no other member would notice changes of a
 * topic that only followers subscribe to. Members that subscribe by a pattern watch its matches, and every member
 * watches its own partitions.
 */
export class AssignedFrom {
  private readonly metadata: ConsumerMetadata
  private readonly watchesRacks: boolean
  private readonly watchesOwn: () => boolean
  private joinedWith: Fingerprint | null = null
  private leads = false
  /** A static member returned: the group may not know its present subscription yet. */
  private hasReturned = false
  /** of all members, while it leads */
  private topics: readonly string[] = []

  /**
   * @param watchesRacks as Java, only where the member is in a rack itself
   * @param watchesOwn whether it watches its own topics though it does not lead
   */
  constructor(metadata: ConsumerMetadata, watchesRacks: boolean, watchesOwn: () => boolean) {
    this.metadata = metadata
    this.watchesRacks = watchesRacks
    this.watchesOwn = watchesOwn
  }

  /** The member sends JoinGroup, so the assignment is based on the present metadata. */
  joining(): void {
    this.joinedWith = this.known()
  }

  /**
   * The group has accepted the member.
   *
   * @param hasReturned it may have returned to an existing assignment: the input of that is unknown
   */
  joined(leads: boolean, topicsOfAll: readonly string[], hasReturned = false): void {
    this.leads = leads
    this.topics = leads ? topicsOfAll : []
    this.hasReturned = hasReturned
    this.metadata.watch(this.topics)
    // Metadata that arrives before the assignment is part of its input.
    if (hasReturned || leads) this.joinedWith = null
  }

  /** The leader assigns, or finds that everything is assigned, possibly from the answer of another broker. */
  assigning(partitions: ReadonlyMap<string, PartitionRacks>): void {
    const racksOf = (topic: string): PartitionRacks => partitions.get(topic) ?? []
    this.joinedWith = this.fingerprint((topic) => racksOf(topic).length, racksOf)
    const known = this.known()
    // Whichever of the two is wrong, the group assigns again once that is known.
    if (!isSameCount(known, this.joinedWith) || known.racks !== this.joinedWith.racks) this.metadata.refresh()
  }

  /** Whether the group has to assign again, as far as is known now. */
  isOutdated(held: readonly TopicPartition[]): boolean {
    // An answer about other topics than those watched now does not count.
    if (this.joinedWith === null || !this.metadata.knowsWatched) return false
    const gone = held.some((partition) => !this.metadata.exists(partition))
    if (!gone && !this.leads && !this.hasReturned && !this.watchesOwn()) return false
    const known = this.known()
    // In Java only the leader watches racks.
    return !isSameCount(known, this.joinedWith) || (this.leads && known.racks !== this.joinedWith.racks)
  }

  private known(): Fingerprint {
    const { metadata } = this
    return this.fingerprint(
      (topic) => metadata.countOf(topic),
      (topic) => metadata.racksOf(topic)
    )
  }

  /** A pattern may match very many topics, so their names are sorted and compared only if racks matter. */
  private fingerprint(countOf: (topic: string) => number, racksOf: (topic: string) => PartitionRacks): Fingerprint {
    const counts = new Map<string, number>()
    for (const topic of this.metadata.subscribed) counts.set(topic, countOf(topic))
    for (const topic of this.topics) counts.set(topic, countOf(topic))
    const racks = (topic: string): readonly (readonly string[])[] => racksOf(topic).map((each) => [...each].sort())
    return { counts, racks: this.watchesRacks ? JSON.stringify([...counts.keys()].sort().map(racks)) : '' }
  }
}
