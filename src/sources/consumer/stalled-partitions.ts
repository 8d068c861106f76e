import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { ScheduledTasks } from './scheduled-tasks.js'

/**
 * The assignments whose work hangs: with heartbeats alone the member would hold them for ever. Like Java's client when
 * it is not polled for `max.poll.interval.ms`, the member leaves the group, and joins again once no work is running any
 * more.
 */
export class StalledPartitions {
  private readonly session: ConsumerSession
  private readonly tasks: ScheduledTasks
  /** Those with running work, each with the fault of its loss and its last committed offset. */
  private readonly partitions = new Map<
    AssignedPartition,
    { readonly fault: Fault; readonly committed: bigint | null }
  >()

  constructor(session: ConsumerSession, tasks: ScheduledTasks) {
    this.session = session
    this.tasks = tasks
  }

  /** Their positions: they do not belong to this member any more, and are the reason why it has no others. */
  positions(): readonly PartitionPosition[] {
    return [...this.partitions].map(([partition, lost]) => ({
      ...partition.positionReport(),
      ...lost,
      standing: 'stalled'
    }))
  }

  /** Ends it, aborted; the member stays out of the group until its work has ended. */
  add(stalled: AssignedPartition, fault: Fault): PartitionDrainReport | null {
    const { topic, partition } = stalled
    this.partitions.set(stalled, { fault, committed: stalled.positionReport().committed })
    const report = stalled.lose('stalled')
    this.session.suspend([{ topic, partition }])
    // A partition whose records were never acknowledged would only be redelivered without end.
    if (stalled.isAtRest) this.cameToRest(stalled)
    return report
  }

  /** It has made progress, and no work of it is running any more. */
  cameToRest(partition: AssignedPartition): void {
    if (!this.partitions.delete(partition)) return
    if (this.partitions.size > 0) return
    // Not within the call that ended its work: the operator has not returned yet.
    this.tasks.nextTurn(() => {
      // Another may have stalled since.
      if (this.partitions.size === 0) this.session.resume()
    })
  }

  end(): void {
    this.partitions.clear()
  }
}
