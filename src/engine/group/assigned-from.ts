import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** What a group was assigned from: where it changes, the group has to assign anew. */
interface Fingerprint {
  readonly counts: string
  readonly racks: string
}

/**
 * What the group last assigned from, as far as this member has to watch over it. As in Java's client a leader watches the
 * topics of all members (`ConsumerCoordinator.updateGroupSubscription`): nobody else would notice what becomes of a topic that
 * only followers subscribe to. Members that subscribe by a pattern watch what it matches, and everybody what it holds.
 */
export class AssignedFrom {
  private readonly metadata: ConsumerMetadata
  private readonly watchesRacks: boolean
  private readonly watchesOwn: () => boolean
  private joinedWith: Fingerprint | null = null
  private leads = false
  /** A static member came back: the group may not know yet what it subscribes to. */
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

  /** The group is asked to assign, by what is known now. */
  joining(): void {
    this.joinedWith = this.fingerprint(this.metadata.partitions)
  }

  /**
   * The group has taken the member in.
   *
   * @param hasReturned it may have come back to an assignment that stands: from what that was made is not known
   */
  joined(leads: boolean, topicsOfAll: readonly string[], hasReturned = false): void {
    this.leads = leads
    this.topics = leads ? topicsOfAll : []
    this.hasReturned = hasReturned
    this.metadata.watch(this.topics)
    // What is learned before it is assigned is assigned from.
    if (hasReturned || leads) this.joinedWith = null
  }

  /** The leader assigns, or all is found assigned, by what another broker may have told. */
  assigning(partitions: ReadonlyMap<string, PartitionRacks>): void {
    this.joinedWith = this.fingerprint(partitions)
    const known = this.fingerprint(this.metadata.partitions)
    // Whichever of the two is wrong, the group assigns anew once that is known.
    if (known.counts !== this.joinedWith.counts || known.racks !== this.joinedWith.racks) this.metadata.refresh()
  }

  /** Whether the group has to assign anew, for all that is known now. */
  isOutdated(held: readonly TopicPartition[]): boolean {
    // Another answer than that of what is watched now says nothing of it.
    if (this.joinedWith === null || !this.metadata.knowsWatched) return false
    const gone = held.some((partition) => !this.metadata.exists(partition))
    if (!gone && !this.leads && !this.hasReturned && !this.watchesOwn()) return false
    const { counts, racks } = this.fingerprint(this.metadata.partitions)
    // Java's leader alone watches racks.
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
