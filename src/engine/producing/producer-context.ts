import type { Observable } from 'rxjs'
import type { ProducerSettings } from '../../config/producer-config.js'
import type { Compressor } from '../../core/records/batch-builder.js'
import type { Checksum } from '../../core/records/crc32c.js'
import type { Clock } from '../../model/clock.js'
import type { Throttled, ThrottleOver } from '../../model/throttled.js'
import type { ProduceCalls } from '../../ports/kafka-calls.js'

/** The context that all parts of a producer share. */
export interface ProducerContext {
  readonly calls: ProduceCalls
  readonly clock: Clock
  readonly random: () => number
  readonly settings: ProducerSettings
  /** null: batches are not compressed */
  readonly compressor: Compressor | null
  readonly checksum: Checksum
  /** brokers that throttle; omitted if the cluster never throttles */
  readonly throttles?: Observable<Throttled | ThrottleOver>
}
