/** How often a wait that goes on is told of. */
export const noticeMs = 10_000

interface Wait {
  readonly since: number
  toldAt: number
  kind: string
}

/** What is waited for: when it is told of, and for how long it took. */
export class Waits {
  private readonly waits = new Map<string, Wait>()

  /** It is waited for, or still is; `kind` of trouble. Gives whether that is to be told of: as it begins, every ten seconds, and when the trouble is another. */
  begin(what: string, kind: string, now: number): boolean {
    const wait = this.waits.get(what)
    if (wait !== undefined && wait.kind === kind && now - wait.toldAt < noticeMs) return false
    this.waits.set(what, { since: wait?.since ?? now, toldAt: now, kind })
    return true
  }

  /** Gives for how many ms it was waited for; null if it was not. */
  end(what: string, now: number): number | null {
    const wait = this.waits.get(what)
    this.waits.delete(what)
    return wait === undefined ? null : now - wait.since
  }
}
