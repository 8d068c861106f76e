/**
 * Runs what is posted one after the other, each to its end: at once if nothing runs, else behind what runs. It never nests
 * and never waits for a microtask, so that one writer's state is never seen half changed.
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
