import type { CommitPolicy } from '../model/acknowledgement.js'

/** Those of the operators through which a subscription is just on its way up to its source. */
const underWay: CommitPolicy[] = []

/**
 * Subscribes to the source of an operator that has offsets stored. A partition, or a consumer, that is subscribed to within the
 * call learns that its offsets are wanted before the operator has seen any record of it: where reading begins may have to be
 * stored although no record comes.
 */
export const subscribeToStore = <A>(policy: CommitPolicy, subscribe: () => A): A => {
  underWay.push(policy)
  try {
    return subscribe()
  } finally {
    underWay.pop()
  }
}

/** The policies of the operators downstream of whatever is being subscribed to. */
export const policiesDownstream = (): readonly CommitPolicy[] => [...underWay]
