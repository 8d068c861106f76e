/** The pause after a commit by count, as a multiple of the time that the commit took, and its maximum. */
const pause = { times: 3, atMostMs: 100 }

/**
 * Limits commits by count: one in flight, and a pause after each answer, so that fast records cause few commits. A commit that
 * becomes due meanwhile waits for the end of the pause.
 */
export class CommitPacing {
  private sentAt: number | null = null
  private pausesUntil = -Infinity
  private waits = false

  sent(now: number): void {
    this.sentAt = now
  }

  answered(now: number): void {
    const tookMs = this.sentAt === null ? 0 : now - this.sentAt
    this.sentAt = null
    this.pausesUntil = now + Math.min(pause.times * tookMs, pause.atMostMs)
  }

  /** A count is reached. Returns in how many ms to commit; null: after the answer to the commit in flight. */
  counted(now: number): number | null {
    if (this.sentAt === null) return Math.max(0, this.pausesUntil - now)
    this.waits = true
    return null
  }

  /** Whether a count was reached during a commit and is not committed yet. */
  get isAwaited(): boolean {
    return this.waits
  }

  /** A commit of all settled records is sent, whatever the counts. */
  committed(): void {
    this.waits = false
  }
}
