import type { Clock } from '../../model/clock.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import { type EndTrigger, FlowEnding } from './flow-ending.js'
import type { PartitionFlow } from './partition-flow.js'

/** The assignments that are ending: each ends once, for whatever reasons it is asked to. */
export class FlowEndings {
  private readonly clock: Clock
  private readonly over: (flow: PartitionFlow, report: PartitionDrainReport) => void
  private readonly underWay = new Map<PartitionFlow, FlowEnding>()

  /** @param over is called for each, before whoever asked for its end */
  constructor(clock: Clock, over: (flow: PartitionFlow, report: PartitionDrainReport) => void) {
    this.clock = clock
    this.over = over
  }

  has(flow: PartitionFlow): boolean {
    return this.underWay.has(flow)
  }

  /** Ends an assignment; what is ending already has to be over by this deadline too. */
  begin(
    flow: PartitionFlow,
    trigger: EndTrigger,
    deadline: number,
    ended: (report: PartitionDrainReport) => void
  ): void {
    const former = this.underWay.get(flow)
    if (former !== undefined) {
      former.onEnd(ended)
      former.tighten(deadline)
      return
    }
    const ending = new FlowEnding(flow, this.clock, trigger)
    this.underWay.set(flow, ending)
    ending.onEnd((report) => {
      this.underWay.delete(flow)
      this.over(flow, report)
      ended(report)
    })
    ending.begin(deadline)
  }

  /** Waits for none any more: what works is aborted, what is settled is stored. */
  close(): void {
    for (const ending of [...this.underWay.values()]) ending.force('aborted', 'close')
  }

  /** It is lost: nothing of it is stored, and nobody who asked for its end is called. */
  abandon(flow: PartitionFlow): PartitionDrainReport {
    const report = this.underWay.get(flow)?.abandon() ?? flow.end('aborted')
    this.underWay.delete(flow)
    this.over(flow, report)
    return report
  }
}
