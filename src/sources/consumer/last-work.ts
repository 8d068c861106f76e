/** Calls back when it is done, or has failed: both count as done. */
export type LastTask = (done: () => void) => void

/** Work of operators after the last record of an assignment, before the partition is given back. */
export class LastWork {
  private readonly registered = new Set<LastTask>()

  /** Returns how to withdraw it. */
  add(task: LastTask): () => void {
    this.registered.add(task)
    return () => {
      this.registered.delete(task)
    }
  }

  /** Does all of it, each once, and `own` beside it; calls back when everything is done. */
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
