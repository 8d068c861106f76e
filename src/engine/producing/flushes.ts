/**
 * Who waits for what was given until then. A flush begins a generation: what is given afterwards belongs to the next, and is
 * not waited for.
 */
export class Flushes {
  private generation = 0
  /** Records of the current generation that are not told of. */
  private current = 0
  private waiting: { readonly generation: number; left: number; readonly done: () => void }[] = []

  get areWaiting(): boolean {
    return this.waiting.length > 0
  }

  /** A record was given: gives its generation. */
  enter(): number {
    this.current++
    return this.generation
  }

  /** `done` is called when all that was given so far has been told of. */
  begin(done: () => void): void {
    this.waiting.push({ generation: this.generation++, left: this.current, done })
    this.current = 0
    this.finish()
  }

  /** Records have been told of. */
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
