import type { ConnectionProfile } from '../config/connection-profile.js'
import type { ConsumerSettings } from '../config/consumer-config.js'
import type { Checksum } from '../core/records/crc32c.js'
import type { Decompress } from '../core/records/decompress.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerSessionHandlers } from '../ports/consumer-session.js'
import type { KafkaCalls } from '../ports/kafka-calls.js'

/** The parts of a consumer session. */
export interface SessionContext {
  readonly calls: KafkaCalls
  readonly clock: Clock
  /** 0 to 1, for jitter */
  readonly random: () => number
  /** The consumer's own object, not a copy: its subscription may change during the session. */
  readonly settings: ConsumerSettings
  /** How the cluster's connections are used; default `fast`. */
  readonly connections?: ConnectionProfile
  readonly handlers: ConsumerSessionHandlers
  readonly decompress: Decompress
  readonly checksum: Checksum
}

/** The context of metadata requests. */
export type MetadataContext = Pick<SessionContext, 'clock' | 'random'> & {
  readonly calls: Pick<SessionContext['calls'], 'metadata'>
  readonly settings: Pick<
    SessionContext['settings'],
    'subscription' | 'metadataMaxAgeMs' | 'retryBackoffMs' | 'retryBackoffMaxMs'
  >
  readonly handlers: Pick<SessionContext['handlers'], 'event'>
}
