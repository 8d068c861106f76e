import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { PartitionFlow } from './partition-flow.js'
import type { Postponed } from './postponed.js'

/**
 * The assignments whose work hangs: with heartbeats alone the member would hold them for ever. As Java's client does when it
 * is not polled for `max.poll.interval.ms`, the member leaves the group, and joins again once the work has come to rest.
 */
export class StalledFlows {
  private readonly session: ConsumerSession
  private readonly postponed: Postponed
  /** Those that have not come to rest, each with why it is lost and what was stored of it. */
  private readonly flows = new Map<PartitionFlow, { readonly fault: Fault; readonly committed: bigint | null }>()

  constructor(session: ConsumerSession, postponed: Postponed) {
    this.session = session
    this.postponed = postponed
  }

  /** Where they stand: they are not this member's any more, and are why it has no others. */
  positions(): readonly PartitionPosition[] {
    return [...this.flows].map(([flow, lost]) => ({ ...flow.positionReport(), ...lost, standing: 'stalled' }))
  }

  /** Ends it, aborted; the member stays out of the group until its work has come to rest. */
  add(flow: PartitionFlow, fault: Fault): PartitionDrainReport {
    this.flows.set(flow, { fault, committed: flow.positionReport().committed })
    const report = flow.end('aborted')
    this.session.suspend([{ topic: flow.topic, partition: flow.partition }])
    // One that nobody has ever acknowledged a record of would only be repeated without end.
    if (flow.isAtRest) this.cameToRest(flow)
    return report
  }

  /** Something of it has moved, and nothing of it is under way any more. */
  cameToRest(flow: PartitionFlow): void {
    if (!this.flows.delete(flow)) return
    if (this.flows.size > 0) return
    // Not within the call that brought it to rest: its operator is not through yet.
    this.postponed.nextTurn(() => {
      this.session.resume()
    })
  }

  end(): void {
    this.flows.clear()
  }
}
