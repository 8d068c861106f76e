import type { StartPosition } from '../model/position.js'

/** What a consumer is to read, decoded. */
export type Subscription =
  | { readonly _tag: 'topics'; readonly topics: readonly string[]; readonly patterns: readonly RegExp[] }
  | { readonly _tag: 'partitions'; readonly partitions: readonly StartPosition[] }

/** The consumer's configuration after decoding: every default filled in, names without dots. */
export interface ConsumerSettings {
  readonly groupId: string | null
  readonly groupInstanceId: string | null
  readonly clientRack: string
  readonly subscription: Subscription
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none'
  readonly autoCommit: boolean
  readonly autoCommitIntervalMs: number
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  readonly rebalanceTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly maxPollRecords: number
  readonly metadataMaxAgeMs: number
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly maxDecompressedBytes: number
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly checkCrcs: boolean
  readonly assignors: readonly ('range' | 'roundrobin')[]
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly requestTimeoutMs: number
  readonly maxInFlight: number
  readonly maxUncommitted: number
}
