import type { CommitEvent } from '../model/commit-event.js'
import { type Line, line, nothing } from '../model/line.js'
import type { PartitionDrainReport, RebalanceEvent } from '../model/rebalance-event.js'
import { because, type Notice, notice, noticeBy, type NoticesOf, partitionsOf } from './notice.js'

/** A rebalance event, as a line. */
export const describeRebalanceEvent = (event: RebalanceEvent): Notice =>
  noticeBy<RebalanceEvent>(rebalanceNotices, event)

/** The same for rebalances. */
const rebalanceNotices: NoticesOf<RebalanceEvent> = {
  assigned: (event) => {
    const { gained, kept, generation, rebalance } = event
    const by = rebalance === null ? nothing : line`, generation ${generation}, ${rebalance.protocol}`
    const keeps = kept.length === 0 ? nothing : line`, keeps ${partitionsOf(kept)}`
    // Folded only with what says the same: the second assignment of a cooperative rebalance is the one that counts.
    return notice(event, 'info', line`assigned ${partitionsOf(gained)}${keeps}`, by)
  },
  revoking: (event) =>
    notice(
      event,
      'debug',
      line`gives up ${partitionsOf(event.partitions)}`,
      line`, within ${Math.round(event.withinMs)} ms`,
      'revoking'
    ),
  revoked: (event) => {
    const isWell = event.partitions.every(({ outcome }) => outcome === 'drained' || outcome === 'not subscribed')
    const outcomes = [...new Set(event.partitions.map(({ outcome }) => outcome))].join(', ')
    return notice(
      event,
      isWell ? 'info' : 'warn',
      line`gave up ${partitionsOf(event.partitions)}`,
      line` (${outcomes})${toRepeat(event.partitions)}`
    )
  },
  lost: (event) =>
    notice(
      event,
      'warn',
      line`lost ${partitionsOf(event.partitions)}`,
      line`${because(event.fault)}${toRepeat(event.partitions)}`,
      'lost'
    )
}

/** `, 5 records are delivered again`; nothing if there are none. */
export const toRepeat = (partitions: readonly PartitionDrainReport[]): Line => {
  const repeated = partitions.reduce((sum, partition) => sum + partition.repeated, 0)
  return repeated === 0 ? nothing : line`, ${repeated} records are delivered again`
}

/** A commit event, as a line. */
export const describeCommitEvent = (event: CommitEvent): Notice => noticeBy<CommitEvent>(commitNotices, event)

/** The same for commits. */
const commitNotices: NoticesOf<CommitEvent> = {
  stored: (event) => notice(event, 'debug', line`committed ${partitionsOf(event.offsets)}`, nothing, 'stored'),
  retrying: (event) =>
    notice(
      event,
      'warn',
      line`the commit of ${partitionsOf(event.offsets)} failed and is tried again`,
      because(event.fault),
      'retrying'
    ),
  dropped: (event) =>
    notice(
      event,
      'warn',
      line`the commit of ${partitionsOf(event.offsets)} was refused`,
      because(event.fault),
      'dropped'
    )
}
