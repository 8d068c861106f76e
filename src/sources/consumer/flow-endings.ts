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

  /**
   * Ends assignments; what is ending already has to be over by this deadline too.
   *
   * @param beginning is called with the others before any of them begins to end. It, and whatever hears of an end, may ask for
   * the end of all: each is known to be ending by then.
   */
  begin(
    flows: readonly PartitionFlow[],
    trigger: EndTrigger,
    deadline: number,
    ended: (flow: PartitionFlow, report: PartitionDrainReport) => void,
    beginning: (flows: readonly PartitionFlow[]) => void
  ): void {
    const fresh = flows.filter((flow) => !this.has(flow))
    for (const flow of flows) {
      const ending = this.underWay.get(flow) ?? this.add(flow, trigger)
      ending.onEnd((report) => {
        ended(flow, report)
      })
    }
    const endings = flows.flatMap((flow) => this.underWay.get(flow) ?? [])
    beginning(fresh)
    for (const ending of endings) ending.begin(deadline)
  }

  /** Waits for none any more: what works is aborted, what is settled is stored. */
  close(): void {
    for (const ending of [...this.underWay.values()]) ending.force('aborted', 'close')
  }

  /** It is lost: nothing of it is stored, and nobody who asked for its end is called. */
  abandon(flow: PartitionFlow): PartitionDrainReport {
    // Known to be ending before its signal aborts: whoever hears that may ask for the end of all.
    const ending = this.underWay.get(flow) ?? this.add(flow, 'revocation')
    const report = ending.abandon()
    this.underWay.delete(flow)
    this.over(flow, report)
    return report
  }

  private add(flow: PartitionFlow, trigger: EndTrigger): FlowEnding {
    const ending = new FlowEnding(flow, this.clock, trigger)
    this.underWay.set(flow, ending)
    ending.onEnd((report) => {
      this.underWay.delete(flow)
      this.over(flow, report)
    })
    return ending
  }
}
