let depth = 0
const waiting = new Set<() => void>()

/**
 * Acknowledges several records as one: whatever comes of the first of them, as a commit by count, waits until all of them are
 * acknowledged.
 */
export const asAWhole = (acknowledge: () => void): void => {
  depth++
  try {
    acknowledge()
  } finally {
    depth--
    if (depth === 0)
      for (const run of [...waiting]) {
        waiting.delete(run)
        run()
      }
  }
}

/** Runs at once, or when everything is acknowledged that is being acknowledged as a whole; the same function once only. */
export const afterTheWhole = (run: () => void): void => {
  if (depth === 0) run()
  else waiting.add(run)
}
