/** A source that a program can end. */
export interface EndableSource {
  drain(options?: { readonly timeoutMs?: number }): Promise<unknown>
  close(): Promise<void>
}

let collected: Set<EndableSource> | null = null

/** The sources that are subscribed to within the call. */
export const collectSources = (subscribing: () => void): ReadonlySet<EndableSource> => {
  const outer = collected
  const own = (collected = new Set<EndableSource>())
  try {
    subscribing()
  } finally {
    collected = outer
  }
  return own
}

/** A source is being subscribed to. */
export const sourceSubscribed = (source: EndableSource): void => {
  collected?.add(source)
}
