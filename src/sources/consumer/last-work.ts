/** Calls `done` when the work is done or has failed. */
export type LastTask = (done: () => void) => void

/** Work of operators after the last record of an assignment, before the partition is given back. */
export class LastWork {
  private readonly registered = new Set<LastTask>()

  /** Returns a function that withdraws the work. */
  add(task: LastTask): () => void {
    this.registered.add(task)
    return () => {
      this.registered.delete(task)
    }
  }

  /** Runs all work once, beside `own`; calls back when everything is done. */
  run(own: LastTask, over: () => void): void {
    const tasks = [...this.registered, own]
    this.registered.clear()
    let left = tasks.length
    for (const task of tasks) {
      let isDone = false
      task(() => {
        if (isDone) return
        isDone = true
        if (--left === 0) over()
      })
    }
  }
}
