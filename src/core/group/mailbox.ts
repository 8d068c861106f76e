/**
 * Runs posted events one after the other: at once if none is running, otherwise after the running one. Events never nest and
 * never wait for a microtask, so no handler sees a half-changed state.
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
