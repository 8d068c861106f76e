import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { Postponed } from './postponed.js'

/**
 * The assignments whose work hangs: with heartbeats alone the member would hold them for ever. As Java's client does when it
 * is not polled for `max.poll.interval.ms`, the member leaves the group, and joins again once the work has come to rest.
 */
export class StalledPartitions {
  private readonly session: ConsumerSession
  private readonly postponed: Postponed
  /** Those that have not come to rest, each with why it is lost and what was stored of it. */
  private readonly partitions = new Map<
    AssignedPartition,
    { readonly fault: Fault; readonly committed: bigint | null }
  >()

  constructor(session: ConsumerSession, postponed: Postponed) {
    this.session = session
    this.postponed = postponed
  }

  /** Where they stand: they are not this member's any more, and are why it has no others. */
  positions(): readonly PartitionPosition[] {
    return [...this.partitions].map(([partition, lost]) => ({
      ...partition.positionReport(),
      ...lost,
      standing: 'stalled'
    }))
  }

  /** Ends it, aborted; the member stays out of the group until its work has come to rest. */
  add(stalled: AssignedPartition, fault: Fault): PartitionDrainReport | null {
    const { topic, partition } = stalled
    this.partitions.set(stalled, { fault, committed: stalled.positionReport().committed })
    const report = stalled.lose('stalled')
    this.session.suspend([{ topic, partition }])
    // One that nobody has ever acknowledged a record of would only be repeated without end.
    if (stalled.isAtRest) this.cameToRest(stalled)
    return report
  }

  /** Something of it has moved, and nothing of it is under way any more. */
  cameToRest(partition: AssignedPartition): void {
    if (!this.partitions.delete(partition)) return
    if (this.partitions.size > 0) return
    // Not within the call that brought it to rest: its operator is not through yet.
    this.postponed.nextTurn(() => {
      this.session.resume()
    })
  }

  end(): void {
    this.partitions.clear()
  }
}
