import { left } from 'fp-ts/lib/Either.js'
import { asAWhole } from '../../model/as-a-whole.js'
import type { Fault } from '../../model/fault.js'
import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import type { CommitAnswer } from './commit-requests.js'
import type { CommitScheduler } from './commit-scheduler.js'
import type { WantedCommit } from './commit-source.js'
import type { PartitionFlow } from './partition-flow.js'

/** What a commit that the user asks for needs of the run. */
export interface AskedCommitContext {
  readonly groupId: string | null
  readonly commits: CommitScheduler
  readonly flows: () => Iterable<PartitionFlow>
  readonly flowOf: (partition: OffsetToCommit) => PartitionFlow | undefined
}

/**
 * `commitSync` and `commitAsync`: stores what is settled; given offsets acknowledge everything below them first. One that
 * cannot be committed refuses all of them, before any is acknowledged.
 */
export const askedCommit = (
  { groupId, commits, flows, flowOf }: AskedCommitContext,
  offsets: readonly OffsetToCommit[] | null,
  trigger: 'commitSync' | 'commitAsync',
  answered: (answer: CommitAnswer) => void
): void => {
  if (groupId === null) {
    commits.refuse(left({ _tag: 'UsageFault', reason: 'without a group.id nothing can be committed' }), answered)
    return
  }
  if (offsets === null) {
    const wanted = [...flows()]
      .filter((flow) => flow.commits.dirty || commits.isBusy(flow))
      .map((flow): WantedCommit => ({ source: flow.commits, explicit: null }))
    commits.commitFor(wanted, trigger, answered)
    return
  }
  const wanted: WantedCommit[] = []
  for (const offset of offsets) {
    const flow = flowOf(offset)
    const fault = refusal(offset, flow)
    if (fault !== null || flow === undefined) {
      commits.refuse(left(fault ?? { _tag: 'ClosedFault', what: 'the partition' }), answered)
      return
    }
    wanted.push({ source: flow.commits, explicit: offset })
  }
  asAWhole(() => {
    for (const offset of offsets) flowOf(offset)?.epoch?.settleBelow(offset.offset)
    commits.commitFor(wanted, trigger, answered)
  })
}

const refusal = ({ topic, partition, offset }: OffsetToCommit, flow: PartitionFlow | undefined): Fault | null => {
  const refused = (reason: string): Fault => ({ _tag: 'OffsetRefusedFault', topic, partition, offset, reason })
  if (!flow?.isLive) return refused('the partition is not assigned')
  const { position } = flow
  if (position === null) return refused('where the partition begins is not known yet')
  if (offset > position)
    return refused(`only what is below ${String(position)} was delivered; use seek to go past what was not`)
  return null
}
