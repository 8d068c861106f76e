import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** The changes of an assignment for a member that may keep the partitions it holds. */
export interface AssignmentChange {
  readonly gained: readonly TopicPartition[]
  readonly kept: readonly TopicPartition[]
  readonly revoked: readonly TopicPartition[]
}

/**
 * The partitions of a member: those it holds, those of them that it is releasing, and those that the group assigned last. A
 * partition that is being released is still held: its last commit has yet to come.
 */
export class OwnedPartitions {
  private readonly partitions = new Map<string, TopicPartition>()
  private readonly leaving = new Set<string>()
  private readonly unannounced = new Set<string>()
  private assignment: readonly TopicPartition[] = []

  get held(): readonly TopicPartition[] {
    return [...this.partitions.values()]
  }
  get isEmpty(): boolean {
    return this.partitions.size === 0
  }
  /** Whether partitions are being released. */
  get isDraining(): boolean {
    return this.leaving.size > 0
  }
  get draining(): readonly TopicPartition[] {
    return this.held.filter((partition) => this.leaving.has(keyOf(partition)))
  }
  get staying(): readonly TopicPartition[] {
    return this.held.filter((partition) => !this.leaving.has(keyOf(partition)))
  }
  /** Assigned by the group and not held, since they were being released. */
  get due(): readonly TopicPartition[] {
    return this.assignment.filter((partition) => !this.holds(partition))
  }

  holds(partition: TopicPartition): boolean {
    return this.partitions.has(keyOf(partition))
  }

  /** Identifies the ownership of a partition: a new object each time it is taken; null while not held. */
  ownershipOf(partition: TopicPartition): TopicPartition | null {
    return this.partitions.get(keyOf(partition)) ?? null
  }

  /** The group has sent an assignment: new partitions are held from now on, missing ones have to be released. */
  assign(assignment: readonly TopicPartition[]): AssignmentChange {
    this.assignment = assignment
    const assigned = new Set(assignment.map(keyOf))
    const kept = this.staying.filter((partition) => assigned.has(keyOf(partition)))
    const revoked = this.staying.filter((partition) => !assigned.has(keyOf(partition)))
    return { gained: this.take(), kept, revoked }
  }

  /** Holds assigned partitions that are not held yet, or not any more. */
  take(): readonly TopicPartition[] {
    const gained = this.due
    for (const partition of gained) {
      this.partitions.set(keyOf(partition), { ...partition })
      this.unannounced.delete(keyOf(partition))
    }
    return gained
  }

  /** These are no longer part of the assignment: once released, they are not taken again. */
  unassign(partitions: readonly TopicPartition[]): void {
    const gone = new Set(partitions.map(keyOf))
    this.assignment = this.assignment.filter((partition) => !gone.has(keyOf(partition)))
  }

  revoke(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) if (this.holds(partition)) this.leaving.add(keyOf(partition))
  }

  release(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = keyOf(partition)
      this.leaving.delete(key)
      if (this.partitions.delete(key)) this.unannounced.add(key)
    }
  }

  /** The member reports to the group what it holds. */
  announce(): void {
    this.unannounced.clear()
  }

  /** Whether the group does not know yet that the member has released a partition outside of its assignment: no other member
   * gets such a partition before. */
  get hasUnannounced(): boolean {
    const assigned = new Set(this.assignment.map(keyOf))
    return [...this.unannounced].some((key) => !assigned.has(key))
  }

  /** The member loses all partitions. */
  clear(): readonly TopicPartition[] {
    const { held } = this
    this.partitions.clear()
    this.leaving.clear()
    this.unannounced.clear()
    this.assignment = []
    return held
  }
}
