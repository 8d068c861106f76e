/** What operators that collect records do when they have to release them. */
export class Flushes {
  private readonly runs = new Set<() => void>()

  /** Returns how to withdraw it. */
  add(run: () => void): () => void {
    this.runs.add(run)
    return () => {
      this.runs.delete(run)
    }
  }

  /** All of them release what they have collected. */
  flush(): void {
    // One that is run may add others, or withdraw them.
    for (const run of [...this.runs]) run()
  }

  clear(): void {
    this.runs.clear()
  }
}
