import type { Subscriber } from 'rxjs'

/** The subscribers of those operators through which a subscription is just on its way up to its source. */
const underWay: Subscriber<unknown>[] = []

/**
 * Subscribes to the source of an operator that acknowledges. A source that is subscribed to within the call learns by this
 * subscriber when the pipeline is over, though it has completed itself before.
 */
export const subscribeToAcknowledge = <A>(destination: Subscriber<unknown>, subscribe: () => A): A => {
  underWay.push(destination)
  try {
    return subscribe()
  } finally {
    underWay.pop()
  }
}

/** The operators downstream of what is being subscribed to that acknowledge its records: nothing is once they are closed. */
export const endsDownstream = (): readonly Subscriber<unknown>[] => [...underWay]
