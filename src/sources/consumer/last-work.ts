/** Calls `done` when the work is done or has failed. */
export type Work = (done: () => void) => void

/** Work of operators after the last record of an assignment, before the partition is given back. */
export class LastWork {
  private readonly registered = new Set<Work>()

  /** Returns a function that withdraws the work. */
  add(work: Work): () => void {
    this.registered.add(work)
    return () => {
      this.registered.delete(work)
    }
  }

  /** Runs all work once, beside `own`; calls back when everything is done. */
  run(own: Work, over: () => void): void {
    const works = [...this.registered, own]
    this.registered.clear()
    let left = works.length
    for (const work of works) {
      let isDone = false
      work(() => {
        if (isDone) return
        isDone = true
        if (--left === 0) over()
      })
    }
  }
}
