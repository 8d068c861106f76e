/**
 * The flushes that wait for earlier records. A flush begins a generation: later records belong to the next one, and it does not
 * wait for them.
 */
export class ProducerFlushes {
  private generation = 0
  /** Records of the current generation without a reported result. */
  private current = 0
  private waiting: { readonly generation: number; left: number; readonly done: () => void }[] = []

  get areWaiting(): boolean {
    return this.waiting.length > 0
  }

  /** A record was added. Returns its generation. */
  enter(): number {
    this.current++
    return this.generation
  }

  /** Calls `done` when the results of all records so far have been reported. */
  begin(done: () => void): void {
    this.waiting.push({ generation: this.generation++, left: this.current, done })
    this.current = 0
    this.finish()
  }

  /** Results of records have been reported. */
  leave(generation: number, count: number): void {
    if (generation === this.generation) this.current -= count
    else {
      const flush = this.waiting.find((one) => one.generation === generation)
      if (flush !== undefined) flush.left -= count
      this.finish()
    }
  }

  /** In the order of the flushes: a later one waits for the earlier ones too. */
  private finish(): void {
    while (this.waiting[0]?.left === 0) this.waiting.shift()?.done()
  }
}
