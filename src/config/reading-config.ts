import { bytes, type Decoded, integer, milliseconds, property, text, truth } from './property.js'

/** Settings that consumers and share consumers share, after decoding. Times are in ms, sizes in bytes. */
export interface ReadingSettings {
  readonly drainTimeoutMs: number
  readonly maxPollRecords: number
  readonly clientRack: string
  readonly metadataMaxAgeMs: number
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxDecompressedBytes: number
  readonly checkCrcs: boolean
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly requestTimeoutMs: number
  readonly maxInFlight: number
}

export const readingProperties = {
  'drain.timeout.ms': property(milliseconds(0), 30_000),
  'max.poll.records': property(integer(1), 500),
  'client.rack': property(text, ''),
  'metadata.max.age.ms': property(milliseconds(1), 300_000),
  'fetch.min.bytes': property(bytes(1), 1),
  'fetch.max.wait.ms': property(milliseconds(0), 500),
  'fetch.max.bytes': property(bytes(1_024), 52_428_800),
  'max.decompressed.bytes': property(bytes(1), 67_108_864),
  'check.crcs': property(truth, true),
  'retry.backoff.ms': property(milliseconds(1), 100),
  'retry.backoff.max.ms': property(milliseconds(1), 1_000),
  'request.timeout.ms': property(milliseconds(1), 30_000),
  maxInFlight: property(integer(1), 1_000)
} as const

export const readingSettings = (config: Decoded<typeof readingProperties>): ReadingSettings => ({
  drainTimeoutMs: config['drain.timeout.ms'],
  maxPollRecords: config['max.poll.records'],
  clientRack: config['client.rack'],
  metadataMaxAgeMs: config['metadata.max.age.ms'],
  fetchMinBytes: config['fetch.min.bytes'],
  fetchMaxWaitMs: config['fetch.max.wait.ms'],
  fetchMaxBytes: config['fetch.max.bytes'],
  maxDecompressedBytes: config['max.decompressed.bytes'],
  checkCrcs: config['check.crcs'],
  retryBackoffMs: config['retry.backoff.ms'],
  retryBackoffMaxMs: config['retry.backoff.max.ms'],
  requestTimeoutMs: config['request.timeout.ms'],
  maxInFlight: config.maxInFlight
})
