/** The callbacks of operators that collect records, to make them flush. */
export class Flushes {
  private readonly runs = new Set<() => void>()

  /** Returns a function that withdraws the callback. */
  add(run: () => void): () => void {
    this.runs.add(run)
    return () => {
      this.runs.delete(run)
    }
  }

  /** Makes all operators flush. */
  flush(): void {
    // A callback may add others, or withdraw them.
    for (const run of [...this.runs]) run()
  }

  clear(): void {
    this.runs.clear()
  }
}
