/** Calls back when it is done, or has failed: both count as done. */
export type Work = (done: () => void) => void

/** What operators do once the last record of an assignment is done with, before the partition is given back. */
export class LastWork {
  private readonly registered = new Set<Work>()

  /** Returns how to withdraw it. */
  add(work: Work): () => void {
    this.registered.add(work)
    return () => {
      this.registered.delete(work)
    }
  }

  /** Does all of it, each once, and `own` beside it; calls back when everything is done. */
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
