/** The producer's configuration after decoding. */
export interface ProducerSettings {
  readonly acks: 0 | 1 | 'all'
  readonly compression: 'none' | 'gzip'
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly maxRequestSize: number
}
