import type { Subscription } from 'rxjs'
import type { Cancel, Clock } from '../../../model/clock.js'
import type { ConsumerError } from '../../../model/consumer-error.js'
import type { ShareDrainReport } from '../../../model/share-drain-report.js'

/** How a run ends: its phase, its deadline, and the callers that wait for it. */
export class RunEnd {
  phase: 'running' | 'draining' | 'leaving' | 'ended' = 'running'
  outcome: ShareDrainReport['outcome'] = 'drained'
  error: ConsumerError | null = null
  leaving: Subscription | null = null
  isCompleting = false
  private readonly clock: Clock
  private readonly waiting: ((report: ShareDrainReport) => void)[] = []
  private report: ShareDrainReport | null = null
  private deadline: { readonly at: number; readonly cancel: Cancel } | null = null

  constructor(clock: Clock) {
    this.clock = clock
  }

  onEnd(run: (report: ShareDrainReport) => void): void {
    if (this.report === null) this.waiting.push(run)
    else run(this.report)
  }

  /** A later deadline than the current one changes nothing. */
  by(inMs: number, run: () => void): void {
    const at = this.clock.now() + inMs
    if (this.report !== null || (this.deadline !== null && this.deadline.at <= at)) return
    this.deadline?.cancel()
    this.deadline = { at, cancel: this.clock.schedule(inMs, run) }
  }

  over(report: ShareDrainReport): void {
    this.phase = 'ended'
    this.report = report
    this.deadline?.cancel()
    for (const run of this.waiting) run(report)
  }
}
