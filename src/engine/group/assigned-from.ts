import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** The input of a group's assignment: if it changes, the group has to assign again. */
interface Fingerprint {
  readonly counts: string
  readonly racks: string
}

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

  /** The member asks the group to assign, by what is known now. */
  joining(): void {
    this.joinedWith = this.fingerprint(this.metadata.partitions)
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
    // What is learned before the assignment is part of its input.
    if (hasReturned || leads) this.joinedWith = null
  }

  /** The leader assigns, or finds that everything is assigned, maybe by the answer of another broker. */
  assigning(partitions: ReadonlyMap<string, PartitionRacks>): void {
    this.joinedWith = this.fingerprint(partitions)
    const known = this.fingerprint(this.metadata.partitions)
    // Whichever of the two is wrong, the group assigns again once that is known.
    if (known.counts !== this.joinedWith.counts || known.racks !== this.joinedWith.racks) this.metadata.refresh()
  }

  /** Whether the group has to assign again, as far as is known now. */
  isOutdated(held: readonly TopicPartition[]): boolean {
    // An answer about other topics than those watched now does not count.
    if (this.joinedWith === null || !this.metadata.knowsWatched) return false
    const gone = held.some((partition) => !this.metadata.exists(partition))
    if (!gone && !this.leads && !this.hasReturned && !this.watchesOwn()) return false
    const { counts, racks } = this.fingerprint(this.metadata.partitions)
    // In Java only the leader watches racks.
    return counts !== this.joinedWith.counts || (this.leads && racks !== this.joinedWith.racks)
  }

  private fingerprint(partitions: ReadonlyMap<string, PartitionRacks>): Fingerprint {
    const topics = [...new Set([...this.metadata.subscribed, ...this.topics])].sort()
    const racks = (topic: string): readonly (readonly string[])[] =>
      (partitions.get(topic) ?? []).map((each) => [...each].sort())
    return {
      counts: topics.map((topic) => `${topic}=${String(partitions.get(topic)?.length ?? 0)}`).join(),
      racks: this.watchesRacks ? JSON.stringify(topics.map(racks)) : ''
    }
  }
}
