import type { Cluster } from '../../ports/cluster.js'

/** A sentence of the contract of a cluster, as something to be run: it rejects if the sentence does not hold. */
export interface ContractCase {
  readonly name: string
  readonly run: (cluster: Cluster) => Promise<void>
  /** What it is of is in no other group protocol. */
  readonly only?: 'classic'
  /** What a cluster may lack: share groups are in Kafka 4.2 and later, and in 4.1 as a preview. */
  readonly needs?: 'share groups'
}

/** What a cluster did that its contract does not allow. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
}
