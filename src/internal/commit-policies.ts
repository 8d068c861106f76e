import type { CommitPolicy } from '../model/acknowledgement.js'

/** The policies of the operators that are subscribing to their sources at the moment. */
const underWay: CommitPolicy[] = []

/**
 * Subscribes to the source of an operator that commits offsets. A partition or consumer that is subscribed to within the call
 * learns that its offsets will be committed before the operator has seen a record: the start position may have to be committed
 * without one.
 */
export const subscribeToCommit = <A>(policy: CommitPolicy, subscribe: () => A): A => {
  underWay.push(policy)
  try {
    return subscribe()
  } finally {
    underWay.pop()
  }
}

/** The policies of the operators downstream of the source being subscribed to. */
export const policiesDownstream = (): readonly CommitPolicy[] => [...underWay]
