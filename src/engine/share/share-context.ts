import type { ShareConsumerSettings } from '../../config/share-consumer-config.js'
import type { Checksum } from '../../core/records/crc32c.js'
import type { Decompress } from '../../core/records/decompress.js'
import type { Clock } from '../../model/clock.js'
import type { ShareCalls } from '../../ports/kafka-calls.js'
import type { ShareSessionHandlers } from '../../ports/share-session.js'

/** The parts of the session of a share group's member. */
export interface ShareContext {
  readonly calls: ShareCalls
  readonly clock: Clock
  /** 0 to 1, for jitter */
  readonly random: () => number
  readonly settings: ShareConsumerSettings
  readonly handlers: ShareSessionHandlers
  readonly decompress: Decompress
  readonly checksum: Checksum
}
