import type { BrokerAddress } from '../../../config/broker-address.js'

/** Observes a client's use of the network, to measure it. */
export interface ClientObserver {
  /** Whether to measure requests. */
  readonly isMeasuring: boolean
  /** A request was answered. `node`: null if the broker's ID is unknown. */
  answered(api: string, node: number | null, tookMs: number): void
  /** A broker throttles. */
  throttled(forMs: number): void
  connected(): void
  /** The addresses of the brokers. */
  learned(nodes: readonly (BrokerAddress & { readonly nodeId: number })[]): void
  /** The client closes its connections. */
  closing(): void
}
