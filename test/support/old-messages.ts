import { crc32 } from '../../src/core/records/crc32.js'
import { joined, text } from './record-runs.js'

/** A message as brokers before Kafka 0.11 wrote it. */
export interface OldMessageToWrite {
  readonly offset: bigint
  readonly value: string | Uint8Array | null
  readonly key?: string | null
  /** left out: 1 */
  readonly magic?: number
  /** 1 gzip, 2 snappy, 3 lz4; 8: the broker's time */
  readonly attributes?: number
  readonly timestamp?: number
}

const blob = (value: string | Uint8Array | null): Uint8Array => {
  const bytes = typeof value === 'string' ? text(value) : value
  const length = new Uint8Array(4)
  new DataView(length.buffer).setInt32(0, bytes?.length ?? -1)
  return bytes === null ? length : joined(length, bytes)
}

/** Offset, size, checksum, version, attributes, from version 1 on a timestamp, key and value. */
export const oldMessage = ({
  offset,
  value,
  key = null,
  magic = 1,
  attributes = 0,
  timestamp = 0
}: OldMessageToWrite): Uint8Array => {
  const head = new Uint8Array(magic === 0 ? 18 : 26)
  const bytes = joined(head, blob(key), blob(value))
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, offset)
  view.setInt32(8, bytes.length - 12)
  view.setInt8(16, magic)
  view.setInt8(17, attributes)
  if (magic > 0) view.setBigInt64(18, BigInt(timestamp))
  view.setUint32(12, crc32(bytes, 16, bytes.length))
  return bytes
}

/** A message that contains others, compressed; without a codec of its own it is what `decompress` of the tests takes as it is. */
export const oldWrapper = (
  wrapper: Omit<OldMessageToWrite, 'value'>,
  ...inner: readonly OldMessageToWrite[]
): Uint8Array =>
  oldMessage({
    attributes: 1,
    ...wrapper,
    value: joined(...inner.map((one) => oldMessage({ magic: wrapper.magic ?? 1, ...one })))
  })
