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
  private readonly flows = new Set<PartitionFlow>()

  constructor(session: ConsumerSession, postponed: Postponed) {
    this.session = session
    this.postponed = postponed
  }

  /** Gives it up as it is; the member stays out of the group until it has come to rest. */
  add(flow: PartitionFlow): void {
    this.flows.add(flow)
    this.session.suspend([{ topic: flow.topic, partition: flow.partition }])
    flow.giveUp()
  }

  /** Something of it has moved, and nothing of it is under way any more. */
  cameToRest(flow: PartitionFlow): void {
    if (!this.flows.delete(flow)) return
    flow.end('aborted')
    if (this.flows.size > 0) return
    // Not within the call that brought it to rest: its operator is not through yet.
    this.postponed.nextTurn(() => {
      this.session.resume()
    })
  }

  end(): void {
    for (const flow of this.flows) flow.end('aborted')
  }
}
