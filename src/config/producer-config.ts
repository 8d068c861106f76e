import { type Either, map } from 'fp-ts/lib/Either.js'
import type { ConfigFault } from '../model/fault.js'
import { bytes, type Decoded, decodeProperties, milliseconds, oneOf, property } from './property.js'

/** A producer's properties, by Kafka's names. Times are in ms, sizes in bytes. */
export interface ProducerProperties {
  /** Who has to confirm: nobody, the leader, all replicas in sync. @default 'all' */
  readonly acks?: 0 | 1 | 'all'
  /** @default 'none' */
  readonly 'compression.type'?: 'none' | 'gzip'
  /** @default 30000 */
  readonly 'request.timeout.ms'?: number
  /** After so long a record that could not be written is given up. @default 120000 */
  readonly 'delivery.timeout.ms'?: number
  /** @default 1048576 */
  readonly 'max.request.size'?: number
}

/** The producer's configuration after decoding. */
export interface ProducerSettings {
  readonly acks: 0 | 1 | 'all'
  readonly compression: 'none' | 'gzip'
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
  readonly maxRequestSize: number
}

const properties = {
  acks: property(oneOf<0 | 1 | 'all'>(0, 1, 'all'), 'all'),
  'compression.type': property(oneOf('none', 'gzip'), 'none'),
  'request.timeout.ms': property(milliseconds(1), 30_000),
  'delivery.timeout.ms': property(milliseconds(1), 120_000),
  'max.request.size': property(bytes(1), 1_048_576)
} as const

/** Decodes a producer's configuration. */
export const decodeProducerConfig = (input: unknown): Either<ConfigFault, ProducerSettings> =>
  map((config: Decoded<typeof properties>) => ({
    acks: config.acks,
    compression: config['compression.type'],
    requestTimeoutMs: config['request.timeout.ms'],
    deliveryTimeoutMs: config['delivery.timeout.ms'],
    maxRequestSize: config['max.request.size']
  }))(
    decodeProperties(properties, input, ({ 'request.timeout.ms': request, 'delivery.timeout.ms': delivery }) =>
      request <= delivery
        ? []
        : [
            {
              property: 'request.timeout.ms',
              given: String(request),
              allowed: `at most delivery.timeout.ms (${String(delivery)})`
            }
          ]
    )
  )
