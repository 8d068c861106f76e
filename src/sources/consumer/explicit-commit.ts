import { left } from 'fp-ts/lib/Either.js'
import { acknowledgeTogether } from '../../model/acknowledge-together.js'
import type { Fault } from '../../model/fault.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { CommitAnswer } from './commit-requests.js'
import type { RequestedCommit } from './commit-scheduler.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { AssignedPartitions } from './assigned-partitions.js'

/** The parts of a run that an explicit commit uses. */
export interface ExplicitCommitContext {
  readonly groupId: string | null
  readonly partitions: AssignedPartitions
}

/**
 * `commitSync` and `commitAsync`: commits settled records. Explicit offsets first acknowledge everything below them. If one of
 * them cannot be committed, all are refused, before any record is acknowledged.
 */
export const explicitCommit = (
  { groupId, partitions }: ExplicitCommitContext,
  offsets: readonly OffsetToCommit[] | null,
  trigger: 'commitSync' | 'commitAsync',
  answered: (answer: CommitAnswer) => void
): void => {
  const { commits } = partitions
  if (groupId === null) {
    commits.refuse(left({ _tag: 'UsageFault', reason: 'without a group.id nothing can be committed' }), answered)
    return
  }
  if (offsets === null) {
    const requested = partitions.all
      .filter((partition) => partition.commits.offsets.isDirty || commits.isBusy(partition))
      .map(({ commits: { offsets } }): RequestedCommit => ({ offsets, explicit: null }))
    commits.commitFor(requested, trigger, answered)
    return
  }
  const requested: RequestedCommit[] = []
  for (const offset of offsets) {
    const partition = partitions.of(offset)
    const fault = refusal(offset, partition)
    if (fault !== null || partition === undefined) {
      commits.refuse(left(fault ?? { _tag: 'ClosedFault', what: 'the partition' }), answered)
      return
    }
    requested.push({ offsets: partition.commits.offsets, explicit: offset })
  }
  acknowledgeTogether(() => {
    for (const offset of offsets) partitions.of(offset)?.epoch?.settleBelow(offset.offset)
    commits.commitFor(requested, trigger, answered)
  })
}

const refusal = (
  { topic, partition, offset }: OffsetToCommit,
  assigned: AssignedPartition | undefined
): Fault | null => {
  const refused = (reason: string): Fault => ({ _tag: 'OffsetRefusedFault', topic, partition, offset, reason })
  if (!assigned?.takesOffsets) return refused('the partition is not assigned')
  const { position } = assigned
  if (position === null) return refused('where the partition begins is not known yet')
  if (offset > position)
    return refused(`only what is below ${String(position)} was delivered; use seek to go past what was not`)
  return null
}
