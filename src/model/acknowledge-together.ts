let depth = 0
const waiting = new Set<() => void>()

/**
 * Acknowledges several records as one: actions that the first of them triggers, such as a commit by count, wait until all of
 * them are acknowledged.
 */
export const acknowledgeTogether = (acknowledge: () => void): void => {
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

/** Runs at once, or when all records that are being acknowledged as one are acknowledged; the same function runs only once. */
export const afterAcknowledging = (run: () => void): void => {
  if (depth === 0) run()
  else waiting.add(run)
}
