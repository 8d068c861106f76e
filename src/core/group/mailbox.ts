/**
 * Runs posted events one after the other, each to its end: at once if none runs, else after the running one. It never
 * nests and never waits for a microtask, so no one sees the state half changed.
 */
export const mailbox = <Event>(handle: (event: Event) => void): ((event: Event) => void) => {
  const waiting: Event[] = []
  let busy = false
  return (event) => {
    waiting.push(event)
    if (busy) return
    busy = true
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) handle(next)
    } finally {
      busy = false
    }
  }
}
