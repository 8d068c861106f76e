import type { CommitPolicy } from '../../model/acknowledgement.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { OffsetAndEpoch } from '../partition/offset-and-epoch.js'
import type { ReadingStart, StoreStart } from '../partition/reading-start.js'
import type { DueOffset } from './committer.js'
import type { ImplicitTriggers } from './implicit-triggers.js'

/** What the group has confirmed; a `Committer` knows it. */
export interface ConfirmedOffsets {
  /** True when there is nothing left to commit up to the offset. */
  isStored(partition: TopicPartition, offset: bigint): boolean
}

/**
 * What one assigned partition has to commit: by which triggers, and whether there is anything.
 *
 * No flag says whether there is anything: the committable offset is compared with the offset that the group has confirmed. So
 * after a commit that failed or was lost, the offset is still due.
 */
export class UncommittedOffsets implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private readonly triggers: ImplicitTriggers
  private readonly confirmed: ConfirmedOffsets
  /** everything below it is settled */
  private readonly committable: () => OffsetAndEpoch
  /** when the position at which reading began has to be committed */
  private start: StoreStart = 'never'
  /** records settled since it was last taken */
  private settledSince = 0
  /** `reachesCount` has returned true since the last commit */
  private isCounted = false
  /** `moved` has returned true since it was last taken */
  private isAnnounced = false
  /** everything was committed when last looked, and nothing has moved since: a thousand idle partitions cost nothing */
  private isClean = false
  private last: bigint | null = null
  /** the highest that was confirmed since it was last taken */
  private highest: bigint | null = null

  constructor(
    { topic, partition }: TopicPartition,
    triggers: ImplicitTriggers,
    confirmed: ConfirmedOffsets,
    committable: () => OffsetAndEpoch
  ) {
    this.topic = topic
    this.partition = partition
    this.triggers = triggers
    this.confirmed = confirmed
    this.committable = committable
  }

  /** True while something is settled that the group has not confirmed, whether it was sent or not. */
  get isDirty(): boolean {
    return !this.isClean && !this.confirmed.isStored(this, this.committable().offset)
  }
  /** Only the start position has to be committed, which counts as no record. */
  get isWithoutRecords(): boolean {
    return this.start !== 'never' && this.settledSince === 0
  }
  /** ms within which what is settled has to be committed; null: no trigger of its own, and none may commit it implicitly. */
  get withinMs(): number | null {
    return this.start === 'never' ? this.triggers.withinMs : this.triggers.startWithinMs
  }
  /** Whether to commit the start position at once. */
  get isUrgent(): boolean {
    return this.start === 'at once' && this.isDirty && this.withinMs !== null
  }
  /** Committed last under this assignment. */
  get lastCommitted(): bigint | null {
    return this.last
  }
  /** `commitSync` has set the committed offset back: what is settled beyond it has to be committed again. */
  get isSetBack(): boolean {
    return this.last !== null && this.highest !== null && this.last < this.highest
  }
  /** False while a trigger of this assignment should have committed more than is committed. */
  get isComplete(): boolean {
    return this.withinMs === null || this.confirmed.isStored(this, this.committable().offset)
  }

  /** Reading begins here. The position itself is due, unless `store` is `never`. */
  begin(store: ReadingStart['store']): void {
    this.isClean = false
    if (store !== 'never') this.start = store
  }

  /** `latest` has passed over a part of the log that was not read: where reading goes on is committed at once. */
  passedOver(): void {
    this.start = 'at once'
  }

  /** Reading continues elsewhere: what is settled and not committed yet will not be committed any more. */
  moveOn(): void {
    this.start = 'never'
    this.taken()
  }

  /** One more record is settled. True if that is the first that moves since it was last taken. */
  settled(): boolean {
    this.settledSince++
    return this.moved()
  }

  /** What may be committed has moved, with a record settled or without. True if it is the first time since it was last taken. */
  moved(): boolean {
    this.isClean = false
    if (this.isAnnounced) return false
    return (this.isAnnounced = true)
  }

  /** Returns true once when as many records are settled as the count trigger says. */
  reachesCount(): boolean {
    if (this.isCounted || this.settledSince < this.triggers.every) return false
    return (this.isCounted = true)
  }

  /** An operator has seen a record. True if something waits to be committed, perhaps for a slower trigger than this one. */
  seen(policy: CommitPolicy): boolean {
    this.triggers.seen(policy)
    return this.isAnnounced || this.isDirty
  }

  /** The policies of the committing operators in its pipeline. */
  downstream(policies: readonly CommitPolicy[]): void {
    this.triggers.downstream(policies)
  }

  /** What is committable now, committed or not. Counting begins again. */
  takeDue(): DueOffset {
    this.taken()
    return { topic: this.topic, partition: this.partition, ...this.committable(), metadata: '' }
  }

  /** The requested offset as given, even below what is settled, as in Java's client; null: what is settled. */
  take(explicit: OffsetToCommit | null): DueOffset {
    if (explicit === null) return this.takeDue()
    const { topic, partition, offset, metadata = '' } = explicit
    const present = this.committable()
    const leaderEpoch = offset === present.offset ? present.leaderEpoch : -1
    return { topic, partition, offset, leaderEpoch, metadata, isExplicit: true }
  }

  /** What is committable now if the group has not confirmed it. Counting begins again in any case. */
  takeUncommitted(): DueOffset | null {
    if (this.isClean) return null
    const due = this.takeDue()
    this.isClean = this.confirmed.isStored(this, due.offset)
    return this.isClean ? null : due
  }

  /** The group has confirmed an offset of it. */
  committed(offset: bigint): void {
    this.isClean = false
    this.start = 'never'
    this.last = offset
    if (this.highest === null || offset > this.highest) this.highest = offset
  }

  private taken(): void {
    this.highest = this.last
    this.settledSince = 0
    this.isCounted = false
    this.isAnnounced = false
  }
}
