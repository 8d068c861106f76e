/** How a partition's batches are sent. */
export interface QueueSettings {
  readonly idempotent: boolean
  /** A transactional producer never begins a new epoch by itself: its transaction has to be aborted. */
  readonly transactional: boolean
  readonly lingerMs: number
  readonly batchSize: number
  /** The maximum of a partition's batches in flight; the broker remembers the last five of a producer. */
  readonly maxInFlight: number
  readonly retries: number
  readonly deliveryTimeoutMs: number
}
