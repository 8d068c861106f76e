/** A commit by count is followed by a pause of so many times what it took, and by none that is longer than that. */
const pause = { times: 3, atMostMs: 100 }

/**
 * When commits by count go out: one at a time, and a quarter of the time at most, however fast the records come. One that falls
 * due while another is under way, or in the pause after it, waits.
 */
export class CommitPacing {
  private sentAt: number | null = null
  private pausesUntil = -Infinity
  private waits = false

  /** A commit was sent. */
  sent(now: number): void {
    this.sentAt = now
  }

  /** It was answered. */
  answered(now: number): void {
    const tookMs = this.sentAt === null ? 0 : now - this.sentAt
    this.sentAt = null
    this.pausesUntil = now + Math.min(pause.times * tookMs, pause.atMostMs)
  }

  /** A count is reached: in how many ms to commit; null: once the present commit is answered. */
  counted(now: number): number | null {
    if (this.sentAt === null) return Math.max(0, this.pausesUntil - now)
    this.waits = true
    return null
  }

  /** Whether a count was reached that is not committed yet. */
  get isAwaited(): boolean {
    return this.waits
  }

  /** What is settled is committed now, whatever the counts. */
  committed(): void {
    this.waits = false
  }
}
