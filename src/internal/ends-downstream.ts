import type { Subscriber } from 'rxjs'

/** The subscribers of the operators that are subscribing to their sources at the moment. */
const underWay: Subscriber<unknown>[] = []

/**
 * Subscribes to the source of an operator that acknowledges. A source subscribed to within the call learns from this subscriber
 * when the pipeline ends, even if the source has completed before.
 */
export const subscribeToAcknowledge = <A>(destination: Subscriber<unknown>, subscribe: () => A): A => {
  underWay.push(destination)
  try {
    return subscribe()
  } finally {
    underWay.pop()
  }
}

/**
 * The downstream operators that acknowledge the records of the source being subscribed to: once all are closed, no record is
 * acknowledged.
 */
export const endsDownstream = (): readonly Subscriber<unknown>[] => [...underWay]
