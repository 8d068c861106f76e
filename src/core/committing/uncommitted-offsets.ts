import type { CommitPolicy } from '../../model/acknowledgement.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { OffsetAndEpoch } from '../partition/offset-and-epoch.js'
import type { ReadingStart, StartCommit } from '../partition/reading-start.js'
import type { DueOffset } from './committer.js'
import type { ImplicitTriggers } from './implicit-triggers.js'

/** What the group has confirmed; a `Committer` knows it. */
export interface ConfirmedOffsets {
  /** True when no offset up to this one has to be committed. */
  isCommitted(partition: TopicPartition, offset: bigint): boolean
}

/**
 * What one assigned partition has to commit, and by which triggers.
 *
 * No flag says whether there is anything to commit: the committable offset is compared with the offset that the group has
 * confirmed. So after a commit that failed or was lost, the offset is still due.
 */
export class UncommittedOffsets implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private readonly triggers: ImplicitTriggers
  private readonly confirmed: ConfirmedOffsets
  /** everything below it is settled */
  private readonly committable: () => OffsetAndEpoch
  /** when the position at which reading began has to be committed */
  private start: StartCommit = 'never'
  /** records settled since the offset was last taken */
  private settledSince = 0
  /** `reachesCount` has returned true since the offset was last taken */
  private isCounted = false
  /** `moved` has returned true since the offset was last taken */
  private isAnnounced = false
  /**
   * The last check found everything committed, and nothing has moved since: so idle partitions cost nothing.
   */
  private isClean = false
  private last: bigint | null = null
  /** the highest offset confirmed since the offset was last taken */
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

  /** True while the group has not confirmed everything that is settled, whether it was sent or not. */
  get isDirty(): boolean {
    return !this.isClean && !this.confirmed.isCommitted(this, this.committable().offset)
  }
  /** True if only the start position has to be committed; it counts as no record. */
  get isWithoutRecords(): boolean {
    return this.start !== 'never' && this.settledSince === 0
  }
  /** The ms within which settled records have to be committed; null: no trigger commits them implicitly. */
  get withinMs(): number | null {
    return this.start === 'never' ? this.triggers.withinMs : this.triggers.startWithinMs
  }
  /** Whether to commit the start position at once. */
  get isUrgent(): boolean {
    return this.start === 'at once' && this.isDirty && this.withinMs !== null
  }
  /** The offset committed last under this assignment. */
  get lastCommitted(): bigint | null {
    return this.last
  }
  /** `commitSync` has set the committed offset back: settled records beyond it have to be committed again. */
  get isSetBack(): boolean {
    return this.last !== null && this.highest !== null && this.last < this.highest
  }
  /** False while a trigger of this assignment has not yet committed everything that is settled. */
  get isComplete(): boolean {
    return this.withinMs === null || this.confirmed.isCommitted(this, this.committable().offset)
  }

  /** Reading begins here. The position itself is due, unless `startCommit` is `never`. */
  begin(startCommit: ReadingStart['startCommit']): void {
    this.isClean = false
    if (startCommit !== 'never') this.start = startCommit
  }

  /** `latest` has skipped a part of the log: the position at which reading continues is committed at once. */
  passedOver(): void {
    this.start = 'at once'
  }

  /** Reading continues elsewhere: settled records that are not committed yet stay uncommitted. */
  moveOn(): void {
    this.start = 'never'
    this.taken()
  }

  /** One more record is settled. True if this is the first move since the offset was last taken. */
  settled(): boolean {
    this.settledSince++
    return this.moved()
  }

  /**
   * The committable offset has moved, with or without a settled record. True on the first move since the offset was last taken.
   */
  moved(): boolean {
    this.isClean = false
    if (this.isAnnounced) return false
    return (this.isAnnounced = true)
  }

  /** Returns true once when the count trigger's number of records is settled. */
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

  /** The committable offset, committed or not. Counting begins again. */
  takeDue(): DueOffset {
    this.taken()
    return { topic: this.topic, partition: this.partition, ...this.committable(), metadata: '' }
  }

  /** The requested offset as given, even below settled records, as in Java's client; null: the committable offset. */
  take(explicit: OffsetToCommit | null): DueOffset {
    if (explicit === null) return this.takeDue()
    const { topic, partition, offset, metadata = '' } = explicit
    const present = this.committable()
    const leaderEpoch = offset === present.offset ? present.leaderEpoch : -1
    return { topic, partition, offset, leaderEpoch, metadata, isExplicit: true }
  }

  /** The committable offset if the group has not confirmed it. Counting begins again in any case. */
  takeUncommitted(): DueOffset | null {
    if (this.isClean) return null
    const due = this.takeDue()
    this.isClean = this.confirmed.isCommitted(this, due.offset)
    return this.isClean ? null : due
  }

  /** The group has confirmed this offset. */
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
