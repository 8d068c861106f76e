/**
 * The positions of the fields of a record batch (message format v2), from its first byte. The records begin at `records`. The
 * length counts what follows it; the checksum covers everything from `attributes` on.
 */
export const batchLayout = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61
} as const

/** The bytes that the length does not count. */
export const lengthOverhead = 12

/** The bits of `attributes`. */
export const attributeBits = { codec: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const

/** Kafka's compression codecs by their number in the attributes. */
export type CompressionCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** undefined for a number that Kafka does not use */
export const codecOf = (attributes: number): CompressionCodec | undefined =>
  (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[attributes & attributeBits.codec]
