import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** What an assignment changes for a member that may keep what it holds. */
export interface AssignmentChange {
  readonly gained: readonly TopicPartition[]
  readonly kept: readonly TopicPartition[]
  readonly revoked: readonly TopicPartition[]
}

/**
 * The partitions of a member: those that it holds, which of them it is giving up, and those that the group last gave it.
 * A partition that is being given up is held until it is released: its last commit is still to come.
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
  /** Whether something is being given up. */
  get isDraining(): boolean {
    return this.leaving.size > 0
  }
  get draining(): readonly TopicPartition[] {
    return this.held.filter((partition) => this.leaving.has(keyOf(partition)))
  }
  get staying(): readonly TopicPartition[] {
    return this.held.filter((partition) => !this.leaving.has(keyOf(partition)))
  }
  /** Given by the group and not held: given back while it was being given up. */
  get due(): readonly TopicPartition[] {
    return this.assignment.filter((partition) => !this.holds(partition))
  }

  holds(partition: TopicPartition): boolean {
    return this.partitions.has(keyOf(partition))
  }

  /** The holding of a partition, another one each time that it is taken; null while it is not held. */
  holdingOf(partition: TopicPartition): TopicPartition | null {
    return this.partitions.get(keyOf(partition)) ?? null
  }

  /** The group has said what is this member's: the new ones are held from now on, the missing ones are to be given up. */
  assign(assignment: readonly TopicPartition[]): AssignmentChange {
    this.assignment = assignment
    const given = new Set(assignment.map(keyOf))
    const kept = this.staying.filter((partition) => given.has(keyOf(partition)))
    const revoked = this.staying.filter((partition) => !given.has(keyOf(partition)))
    return { gained: this.take(), kept, revoked }
  }

  /** Holds what the group has given and is not held (any more). */
  take(): readonly TopicPartition[] {
    const gained = this.due
    for (const partition of gained) {
      this.partitions.set(keyOf(partition), { ...partition })
      this.unannounced.delete(keyOf(partition))
    }
    return gained
  }

  /** These are being given up. */
  revoke(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) if (this.holds(partition)) this.leaving.add(keyOf(partition))
  }

  /** These are given up. */
  release(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = keyOf(partition)
      this.leaving.delete(key)
      if (this.partitions.delete(key)) this.unannounced.add(key)
    }
  }

  /** The group is told what is held. */
  announce(): void {
    this.unannounced.clear()
  }

  /** Whether something was given up that the group still counts as this member's, so that nobody else has it. */
  get hasNews(): boolean {
    const given = new Set(this.assignment.map(keyOf))
    return [...this.unannounced].some((key) => !given.has(key))
  }

  /** Nothing is this member's any more. */
  clear(): readonly TopicPartition[] {
    const { held } = this
    this.partitions.clear()
    this.leaving.clear()
    this.unannounced.clear()
    this.assignment = []
    return held
  }
}
