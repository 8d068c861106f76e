import type { OffsetAndEpoch } from '../../core/partition/offset-and-epoch.js'
import type { DueOffset } from '../../core/committing/committer.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** A partition as its committer sees it. */
export interface CommitSource extends TopicPartition {
  /** ms within which what is settled has to be stored; null: no trigger of its own, and none may store it implicitly */
  readonly commitWithinMs: number | null
  /** True while something is settled that the group has not confirmed, whether it was sent or not. */
  readonly dirty: boolean
  /** Only the position that reading began at is to be stored: no count of records is reached by that. */
  readonly isWithoutRecords: boolean
  /** Everything below it is settled. */
  readonly frontier: OffsetAndEpoch
  /** What is committable now, stored or not. Counting begins anew. */
  takeDue(): DueOffset
  /** What is committable now if the group has not confirmed it. Counting begins anew in any case. */
  takeUnstored(): DueOffset | null
  /** An offset of it is stored. */
  stored(offset: bigint): void
  /** Nothing of it waits or is under way any more. */
  commitIdle(): void
}

/** A partition whose commit was asked for. */
export interface WantedCommit {
  readonly source: CommitSource
  /** The offset that was asked for; null for what is settled, if there is anything new. */
  readonly explicit: OffsetToCommit | null
}
