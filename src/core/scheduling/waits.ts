/** How often a continuing wait is reported. */
export const noticeMs = 10_000

interface Wait {
  readonly since: number
  reportedAt: number
  kind: string
}

/** Open waits: which attempts to report, and how long each wait took. */
export class Waits {
  private readonly waits = new Map<string, Wait>()

  /**
   * An attempt has failed for a reason of this `kind`. Returns whether to report that: at the beginning of the wait, every ten
   * seconds, and when the kind changes.
   */
  begin(what: string, kind: string, now: number): boolean {
    const wait = this.waits.get(what)
    if (wait !== undefined && wait.kind === kind && now - wait.reportedAt < noticeMs) return false
    this.waits.set(what, { since: wait?.since ?? now, reportedAt: now, kind })
    return true
  }

  /** Ends the wait. Returns how many ms it took; null if there was none. */
  end(what: string, now: number): number | null {
    const wait = this.waits.get(what)
    this.waits.delete(what)
    return wait === undefined ? null : now - wait.since
  }
}
