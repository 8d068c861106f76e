import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { ScheduledTasks } from './scheduled-tasks.js'

/**
 * Assignments whose work hangs: with heartbeats alone the member would keep them for ever. Like a Java client that does not
 * poll for `max.poll.interval.ms`, the member leaves the group; it joins again when no such work is running any more.
 */
export class StalledPartitions {
  private readonly session: ConsumerSession
  private readonly tasks: ScheduledTasks
  /** The stalled partitions with running work, each with the fault of its loss and its last committed offset. */
  private readonly partitions = new Map<
    AssignedPartition,
    { readonly fault: Fault; readonly committed: bigint | null }
  >()

  constructor(session: ConsumerSession, tasks: ScheduledTasks) {
    this.session = session
    this.tasks = tasks
  }

  /** Their positions: these partitions belong to other members now, and are the reason why this member has none. */
  positions(): readonly PartitionPosition[] {
    return [...this.partitions].map(([partition, lost]) => ({
      ...partition.positionReport(),
      ...lost,
      standing: 'stalled'
    }))
  }

  /** Ends the partition with an abort; the member stays out of the group until its work has ended. */
  add(stalled: AssignedPartition, fault: Fault): PartitionDrainReport | null {
    const { topic, partition } = stalled
    this.partitions.set(stalled, { fault, committed: stalled.positionReport().committed })
    const report = stalled.lose('stalled')
    this.session.suspend([{ topic, partition }])
    // A partition whose records were never acknowledged would be redelivered without end.
    if (stalled.isAtRest) this.cameToRest(stalled)
    return report
  }

  /** The partition has made progress, and none of its work is running any more. */
  cameToRest(partition: AssignedPartition): void {
    if (!this.partitions.delete(partition)) return
    if (this.partitions.size > 0) return
    // Not within the call that ended the work: the operator has not returned yet.
    this.tasks.nextTurn(() => {
      // Another partition may have stalled since.
      if (this.partitions.size === 0) this.session.resume()
    })
  }

  end(): void {
    this.partitions.clear()
  }
}
