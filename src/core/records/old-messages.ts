import { isLeft } from 'fp-ts/lib/Either.js'
import type { Bytes } from '../../model/bytes.js'
import { attributeBits, batchLayout, codecOf, lengthOverhead } from './batch-header.js'
import { crc32 } from './crc32.js'
import type { Decompress, DecompressFault } from './decompress.js'
import { encodeBatch, type RecordToEncode } from './encode-batch.js'

/** Old messages, converted to record batches. */
export interface UpgradedMessages {
  readonly bytes: Uint8Array
  /** the size of the largest message before its conversion */
  readonly largest: number
  /** whether the bytes end before the first message does */
  readonly isCutOff: boolean
  /** why the first one cannot be read; null if it can */
  readonly fault: DecompressFault | null
}

export interface OldMessagesInput {
  readonly bytes: Uint8Array
  /** whether each message's checksum is verified */
  readonly checkCrcs: boolean
  readonly maxDecompressedBytes: number
  readonly decompress: Decompress
}

/** The positions of the fields of a message, from its offset on. The key follows; from version 1 on, after a timestamp. */
const at = { offset: 0, size: 8, crc: 12, magic: batchLayout.magic, attributes: 17, timestamp: 18 } as const
/** Checksum, version, attributes, and the lengths of key and value. */
const leastSize = 14

interface OldMessage {
  readonly offset: bigint
  readonly magic: number
  readonly attributes: number
  /** -1: none, as in version 0 */
  readonly timestamp: number
  readonly key: Bytes
  readonly value: Bytes
  /** where the next one begins */
  readonly end: number
}

/** Whether these bytes begin with a message of version 0 or 1, as brokers before Kafka 0.11 wrote them. */
export const areOldMessages = (bytes: Uint8Array, start = 0): boolean =>
  start + at.magic < bytes.length && (bytes[start + at.magic] ?? 2) < 2

/**
 * Converts messages of versions 0 and 1 to record batches. Stops at the first record batch, at the first unreadable message, and
 * at the limit for decompressed bytes; the next fetch begins there. Brokers keep such messages until retention deletes them, also
 * those of Kafka 4, which no longer write them (KIP-724).
 *
 * A compressed message contains others. From version 1 on, their offsets are relative, and its own is that of the last.
 * The layout is that of Java's `LegacyRecord`, the offsets those of `AbstractLegacyRecordBatch`.
 */
export const upgradeMessages = (input: OldMessagesInput): UpgradedMessages => {
  const { bytes, maxDecompressedBytes: limit } = input
  const batches = new Batches()
  let start = 0
  let largest = 0
  let fault: DecompressFault | null = null
  while (fault === null && areOldMessages(bytes, start)) {
    const message = messageAt(bytes, start, input.checkCrcs)
    if (message === null) break
    if (typeof message === 'string') fault = corrupt(message)
    else if (codecOf(message.attributes) === 'none') batches.add(message)
    else {
      const inner = innerOf(message, input)
      if (!Array.isArray(inner)) fault = inner
      else if (!batches.isEmpty && batches.size + sizeOf(inner) > limit) break
      else batches.addTogether(inner, message)
    }
    if (fault === null && typeof message !== 'string') {
      largest = Math.max(largest, message.end - start)
      start = message.end
    }
  }
  const upgraded = batches.done()
  const isNothing = upgraded.length === 0
  return { bytes: upgraded, largest, isCutOff: isNothing && fault === null, fault: isNothing ? fault : null }
}

const corrupt = (reason: string): DecompressFault => ({ _tag: 'corrupt', reason })

/** The message; null if its end is missing; the reason as a text if it is invalid. */
const messageAt = (bytes: Uint8Array, start: number, checkCrcs: boolean): OldMessage | string | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (start + lengthOverhead + leastSize > bytes.length) return null
  const size = view.getInt32(start + at.size)
  if (size < leastSize) return `a message of ${String(size)} bytes`
  const end = start + lengthOverhead + size
  if (end > bytes.length) return null
  const magic = view.getInt8(start + at.magic)
  if (checkCrcs && view.getUint32(start + at.crc) !== crc32(bytes, start + at.magic, end))
    return 'the checksum (CRC-32) of a message does not match'
  let place = start + at.timestamp + (magic === 0 ? 0 : 8)
  const blob = (): Bytes | undefined => {
    if (place + 4 > end) return undefined
    const length = view.getInt32(place)
    place += 4
    if (length < 0) return null
    const from = place
    place += length
    return place > end ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset + from, length)
  }
  const key = blob()
  const value = blob()
  if (key === undefined || value === undefined || place !== end) return 'the fields of a message do not fill it'
  const offset = view.getBigInt64(start + at.offset)
  const timestamp = magic === 0 ? -1 : Number(view.getBigInt64(start + at.timestamp))
  return { offset, magic, attributes: view.getInt8(start + at.attributes), timestamp, key, value, end }
}

/** The messages in a compressed message, with absolute offsets. */
const innerOf = (outer: OldMessage, input: OldMessagesInput): OldMessage[] | DecompressFault => {
  const codec = codecOf(outer.attributes)
  if (codec === undefined || codec === 'none') return corrupt(`unknown compression ${String(outer.attributes)}`)
  const inflated = input.decompress(codec, outer.value ?? new Uint8Array(0), input.maxDecompressedBytes)
  if (isLeft(inflated)) return inflated.left
  const inner: OldMessage[] = []
  for (let start = 0; start < inflated.right.length;) {
    const message = messageAt(inflated.right, start, input.checkCrcs)
    if (message === null) return corrupt('a compressed message ends in the middle of one in it')
    if (typeof message === 'string') return corrupt(message)
    if (message.magic !== outer.magic || codecOf(message.attributes) !== 'none')
      return corrupt('a compressed message contains one of another version, or a compressed one')
    inner.push(message)
    start = message.end
  }
  const last = inner.at(-1)
  if (last === undefined) return corrupt('a compressed message contains none')
  if (outer.magic === 0) return inner
  const base = outer.offset - last.offset
  const isAppended = (outer.attributes & attributeBits.logAppendTime) !== 0
  return inner.map((one) => ({
    ...one,
    offset: base + one.offset,
    timestamp: isAppended ? outer.timestamp : one.timestamp
  }))
}

const sizeOf = (messages: readonly OldMessage[]): number => messages.at(-1)?.end ?? 0

/** Collects messages into batches: uncompressed ones share a batch while their timestamps are of one type. */
class Batches {
  private readonly written: Uint8Array[] = []
  private open: OldMessage[] = []
  size = 0

  get isEmpty(): boolean {
    return this.size === 0
  }

  add(message: OldMessage): void {
    const [first] = this.open
    if (first !== undefined && appendTime(first) !== appendTime(message)) this.close()
    this.open.push(message)
    this.size += message.value?.length ?? 0
  }

  addTogether(messages: readonly OldMessage[], outer: OldMessage): void {
    this.close()
    this.write(messages, appendTime(outer))
    this.size += sizeOf(messages)
  }

  done(): Uint8Array {
    this.close()
    const all = new Uint8Array(this.written.reduce((sum, { length }) => sum + length, 0))
    let place = 0
    for (const batch of this.written) {
      all.set(batch, place)
      place += batch.length
    }
    return all
  }

  private close(): void {
    const [first] = this.open
    if (first !== undefined) this.write(this.open, appendTime(first))
    this.open = []
  }

  private write(messages: readonly OldMessage[], logAppendTime: number | null): void {
    const baseOffset = messages[0]?.offset ?? 0n
    const records = messages.map(({ offset, timestamp, key, value }): RecordToEncode => {
      const offsetDelta = Number(offset - baseOffset)
      return { offsetDelta, timestamp, key, value, headers: [] }
    })
    this.written.push(encodeBatch({ baseOffset, records, ...(logAppendTime === null ? {} : { logAppendTime }) }))
  }
}

/** The log append time, which is that of a whole batch; null if the producer created the timestamp. */
const appendTime = ({ attributes, timestamp, magic }: OldMessage): number | null =>
  magic > 0 && (attributes & attributeBits.logAppendTime) !== 0 ? timestamp : null
