import type { Cluster } from '../../ports/cluster.js'

/** A sentence of the contract of a cluster, as a function that rejects if the sentence does not hold. */
export interface ContractCase {
  readonly name: string
  readonly run: (cluster: Cluster) => Promise<void>
  /** The group protocol that the case is limited to. */
  readonly only?: 'classic'
  /** A feature that a cluster may lack: Kafka has share groups from 4.2 on, and in 4.1 as a preview. */
  readonly needs?: 'share groups'
}

/** The cluster violated its contract. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
}
