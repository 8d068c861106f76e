import type { Cancel, Clock } from '../../model/clock.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { PartitionFlow } from './partition-flow.js'

/** Why an assignment ends: what its last commit is reported with. */
export type EndTrigger = 'revocation' | 'drain' | 'close'

/** Of the time until a deadline, what is kept for the last commit. */
const commitShare = 0.1
const commitShareMaxMs = 1_000

/**
 * The end of one assignment: drain, then the last commit, then the report; by the deadline at the latest.
 *
 * A close does not wait: it aborts, so that nothing new begins. Draining ends by itself when everything delivered is done
 * with or the pipeline has ended. Shortly before the deadline what still works is aborted, so that what is settled by then
 * can still be stored.
 */
export class FlowEnding {
  private readonly flow: PartitionFlow
  private readonly clock: Clock
  private readonly listeners: ((report: PartitionDrainReport) => void)[] = []
  private trigger: EndTrigger
  private deadline = Infinity
  private begun = false
  private timers: readonly Cancel[] = []
  private forced: PartitionDrainReport['outcome'] | null = null
  private report: PartitionDrainReport | null = null

  constructor(flow: PartitionFlow, clock: Clock, trigger: EndTrigger) {
    this.flow = flow
    this.clock = clock
    this.trigger = trigger
  }

  /** Begins, or, if it has, has to be over by then; a later deadline than the present one changes nothing. */
  begin(deadline: number): void {
    this.tighten(deadline)
    // It may have been closed, or lost, before its turn came.
    if (this.begun || this.report !== null || this.forced !== null) return
    this.begun = true
    if (this.trigger === 'close') {
      this.force('aborted')
      return
    }
    this.flow.drain(() => {
      this.store()
    })
  }

  onEnd(listener: (report: PartitionDrainReport) => void): void {
    this.listeners.push(listener)
  }

  /** Stops waiting for the pipeline: aborts it, and stores what is settled. */
  force(outcome: 'timed out' | 'aborted', trigger: EndTrigger = this.trigger): void {
    if (this.report !== null || this.forced !== null) return
    this.forced = outcome
    this.trigger = trigger
    this.flow.halt()
    this.flow.abort()
    this.store()
  }

  /** Nothing can be stored any more. Whoever waits for the end is not called: this is another. */
  abandon(): PartitionDrainReport {
    this.forced = 'aborted'
    return this.over()
  }

  private tighten(deadline: number): void {
    if (deadline >= this.deadline || this.report !== null) return
    this.deadline = deadline
    for (const cancel of this.timers) cancel()
    const left = Math.max(0, deadline - this.clock.now())
    const reserve = Math.min(commitShareMaxMs, left * commitShare)
    this.timers = [
      this.clock.schedule(left - reserve, () => {
        this.force('timed out')
      }),
      this.clock.schedule(left, () => {
        this.finish()
      })
    ]
  }

  private store(): void {
    if (this.report !== null) return
    const { commits } = this.flow
    commits.storeLast(this.trigger)
    commits.whenStored(() => {
      // A `commitSync` that was under way has set the stored offset back after the last commit was handed over, or before.
      if (commits.isSetBack && !commits.isComplete) this.store()
      else this.finish()
    })
  }

  private finish(): void {
    if (this.report !== null) return
    const report = this.over()
    for (const listener of this.listeners) listener(report)
  }

  private over(): PartitionDrainReport {
    const report = this.flow.end(this.forced)
    this.report = report
    for (const cancel of this.timers) cancel()
    return report
  }
}
