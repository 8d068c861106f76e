import type { RebalanceSummary } from '../../../model/rebalance-event.js'

/** How long a member took to join, and to release what was taken away. */
export class ReconciliationTimes {
  private joiningAt = 0
  private drainingAt: number | null = null
  private joinMs = 0
  private drainMs = 0

  joining(now: number): void {
    this.joiningAt = now
    this.drainingAt = null
  }

  joined(now: number): void {
    this.joinMs = now - this.joiningAt
  }

  draining(now: number): void {
    this.drainingAt ??= now
  }

  drained(now: number): void {
    this.drainMs = now - (this.drainingAt ?? now)
    this.drainingAt = null
  }

  /** The times since the last summary. */
  summary(memberId: string, protocol: string): RebalanceSummary {
    const { joinMs, drainMs } = this
    this.joinMs = this.drainMs = 0
    return { memberId, leader: '', protocol, drainMs, joinMs, syncMs: 0 }
  }
}
