import type { BrokerAddress } from '../../../config/broker-address.js'

/** Watches what a client does on the network, to measure it. */
export interface ClientObserver {
  /** Whether to measure requests. */
  readonly isMeasuring: boolean
  /** A request was answered. `node` is null where the broker's id is not known. */
  answered(api: string, node: number | null, tookMs: number): void
  /** A broker wants to be left alone. */
  throttled(forMs: number): void
  /** A connection was made. */
  connected(): void
  /** Where the brokers are. */
  learned(nodes: readonly (BrokerAddress & { readonly nodeId: number })[]): void
  /** The client closes its connections. */
  closing(): void
}
