/** Counts what is in flight, for those who wait until nothing is. */
export class AtRest {
  private underWay = 0
  private readonly waiting: (() => void)[] = []

  begun(): void {
    this.underWay++
  }

  ended(): void {
    this.underWay--
    this.check()
  }

  /** Runs once nothing is in flight: now, or later. */
  when(run: () => void): void {
    this.waiting.push(run)
    this.check()
  }

  /** Nothing in flight is awaited any more. */
  close(): void {
    this.underWay = 0
    this.check()
  }

  private check(): void {
    if (this.underWay > 0 || this.waiting.length === 0) return
    for (const run of this.waiting.splice(0)) run()
  }
}
