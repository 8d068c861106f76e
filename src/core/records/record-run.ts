import { isLeft } from 'fp-ts/lib/Either.js'
import type { AckTarget } from '../../model/acknowledgement.js'
import { type BatchRoom, boundlessRoom } from '../../model/batch-room.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Gap, RecordRun, UnreadableFault } from '../../model/record-run.js'
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.js'
import { type BatchChain, batchChain, type ChainInput } from './batch-chain.js'
import { attributeBits, batchLayout as at, codecOf, lengthOverhead } from './batch-header.js'
import type { Checksum } from './crc32c.js'
import { CurrentBatch, type MissingOffsets } from './current-batch.js'
import type { Decompress, DecompressFault } from './decompress.js'
import type { BatchOfRecords } from './fetched-record.js'
import { areOldMessages, type UpgradedMessages, upgradeMessages } from './old-messages.js'
import { type RecordRange, RecordsOfBatch } from './records-of-batch.js'
import { VarintReader } from './varint-reader.js'

/** The input of a run. A fetch returns whole batches; records below `fetchOffset` are skipped. */
export interface RecordRunInput extends ChainInput {
  readonly topic: string
  readonly partition: number
  readonly aborted: readonly AbortedTransaction[]
  readonly isolation: 'read_uncommitted' | 'read_committed'
  /** verifies each batch's checksum; null: not verified */
  readonly checksum: Checksum | null
  readonly maxDecompressedBytes: number
  readonly decompress: Decompress
}

/** `truncated`: the run has less than one whole batch, so the batch exceeds the requested size. `largestBatch`: in bytes. */
export type DecodedRun = RecordRun & { readonly truncated: boolean; readonly largestBatch: number }

/** Reads the record batches of one partition from a fetch response. Decompresses a batch when its records are read. */
export const recordRun = (input: RecordRunInput): DecodedRun => {
  if (!areOldMessages(input.bytes)) return new BatchReader(input)
  const upgraded = upgradeMessages({ ...input, checkCrcs: input.checksum !== null })
  return new BatchReader({ ...input, bytes: upgraded.bytes }, upgraded)
}

class BatchReader implements DecodedRun, MissingOffsets {
  fault: UnreadableFault | null = null
  awaitsRoom = false
  /** where the batch begins that is being read, or that cannot be */
  passedBytes = 0
  gap: Gap | null = null
  private readonly input: RecordRunInput
  private readonly view: DataView
  private readonly chain: BatchChain & { readonly isCutOff: boolean }
  private readonly aborted: AbortedTransactions | null
  private readonly current = new CurrentBatch()
  /** the offset behind all batches that were read or skipped */
  private expected: bigint
  private nextBatch = 0
  /** the room that was too little for the next batch, decompressed */
  private tooLittle = 0

  constructor(input: RecordRunInput, upgraded: UpgradedMessages | null = null) {
    const { bytes } = input
    this.input = input
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.aborted = input.isolation === 'read_committed' ? new AbortedTransactions(input.aborted) : null
    const chain = batchChain(input)
    const isCutOff = upgraded?.isCutOff ?? (chain.end === 0 && bytes.length > 0)
    this.chain = { ...chain, isCutOff, largest: upgraded?.largest ?? chain.largest }
    this.expected = input.fetchOffset
    if (upgraded?.fault != null) this.notDecompressed(upgraded.fault, input.fetchOffset)
  }

  get topic(): string {
    return this.input.topic
  }
  get partition(): number {
    return this.input.partition
  }
  get bytes(): number {
    return this.input.bytes.length
  }
  get nextOffset(): bigint {
    return this.chain.nextOffset
  }
  get leaderEpoch(): number {
    return this.chain.leaderEpoch
  }
  get truncated(): boolean {
    return this.chain.isCutOff
  }
  get largestBatch(): number {
    return this.chain.largest
  }
  get recordEpoch(): number {
    return this.current.leaderEpoch
  }
  get timestamp(): number | null {
    return this.current.timestamp
  }

  advance(room: BatchRoom = boundlessRoom): boolean {
    while (this.fault === null) {
      if (this.current.next(this)) return true
      this.current.leave(this)
      if (this.nextBatch >= this.chain.end || !this.enterBatch(room)) return false
    }
    return false
  }

  offsetFrom(start: { readonly base: bigint }): number {
    return this.current.offsetFrom(start)
  }

  record(acks: AckTarget, seq: number): ConsumerRecord {
    return this.current.record(acks, seq)
  }

  missing(from: bigint, to: bigint): void {
    this.gap = { from: this.gap?.from ?? from, to, missing: (this.gap?.missing ?? 0n) + to - from }
  }

  /** Enters the next batch with records to deliver. False at a fault, and if there is no room for it. */
  private enterBatch(room: BatchRoom): boolean {
    const { view, input, chain } = this
    const start = this.nextBatch
    this.passedBytes = start
    const baseOffset = view.getBigInt64(start + at.baseOffset)
    const length = view.getInt32(start + at.length)
    const stop = start + lengthOverhead + length
    if (length < at.records - lengthOverhead || stop > chain.end)
      return this.corrupt(`a batch of ${String(length)} bytes`)
    this.nextBatch = stop
    const magic = view.getInt8(start + at.magic)
    if (magic !== 2) return this.corrupt(`message format v${String(magic)}; only v2 (Kafka 0.11 and later) can be read`)
    const checksum = view.getUint32(start + at.checksum)
    if (input.checksum !== null && input.checksum(input.bytes, start + at.attributes, stop) !== checksum)
      return this.corrupt('the checksum (CRC-32C) does not match')
    const attributes = view.getInt16(start + at.attributes)
    const lastDelta = view.getInt32(start + at.lastOffsetDelta)
    const count = view.getInt32(start + at.count)
    if (count < 0 || lastDelta < 0) return this.corrupt(`a batch of ${String(count)} records`)
    const lastOffset = baseOffset + BigInt(lastDelta)
    if (chain.contradiction?.start === start) return this.corrupt(chain.contradiction.reason)
    const isSkipped = this.skips(start, stop, attributes, lastOffset)
    const range = isSkipped ? null : this.rangeOf(start, stop, attributes, room)
    if (this.awaitsRoom) {
      this.nextBatch = start
      return false
    }
    if (baseOffset > this.expected) this.missing(this.expected, baseOffset)
    if (lastOffset >= this.expected) this.expected = lastOffset + 1n
    if (isSkipped) return true
    if (range === null) return false
    const records = new RecordsOfBatch(range, count, lastDelta)
    if (records.failure !== null) return this.corrupt(records.failure)
    const appended = (attributes & attributeBits.logAppendTime) !== 0
    const batch: BatchOfRecords = {
      topic: this.topic,
      partition: this.partition,
      baseOffset,
      baseTimestamp: Number(view.getBigInt64(start + (appended ? at.maxTimestamp : at.firstTimestamp))),
      timestampType: appended ? 'LogAppendTime' : 'CreateTime',
      leaderEpoch: view.getInt32(start + at.leaderEpoch),
      checksum,
      reader: new VarintReader(range.bytes, 0, range.bytes.length)
    }
    this.current.enter(batch, records, Number(input.fetchOffset - baseOffset), lastDelta)
    return true
  }

  /** Skips control batches, and batches of aborted transactions. */
  private skips(start: number, stop: number, attributes: number, lastOffset: bigint): boolean {
    const control = (attributes & attributeBits.control) !== 0
    if (this.aborted === null) return control
    const producerId = this.view.getBigInt64(start + at.producerId)
    this.aborted.advanceTo(lastOffset)
    if (control) {
      if (this.isAbortMarker(start + at.records, stop)) this.aborted.ended(producerId)
      return true
    }
    return (attributes & attributeBits.transactional) !== 0 && this.aborted.includes(producerId)
  }

  /** The key of a control record is a version and a type, both int16; type 0 is an abort, 1 a commit. */
  private isAbortMarker(start: number, stop: number): boolean {
    const reader = new VarintReader(this.input.bytes, start, stop)
    reader.varint()
    reader.at++
    reader.varlong()
    reader.varint()
    const keyLength = reader.varint()
    return !reader.hasFailed() && keyLength >= 4 && reader.at + 4 <= stop && this.view.getInt16(reader.at + 2) === 0
  }

  /** Null at a fault, and where it waits for room. */
  private rangeOf(start: number, stop: number, attributes: number, room: BatchRoom): RecordRange | null {
    const { input } = this
    const codec = codecOf(attributes)
    if (codec === 'none') {
      this.awaitsRoom = !room.mayRead()
      if (this.awaitsRoom) return null
      room.entered(stop - start)
      return { bytes: input.bytes, at: start + at.records, end: stop }
    }
    if (codec === undefined) {
      this.corrupt(`unknown compression ${String(attributes & attributeBits.codec)}`)
      return null
    }
    const most = Math.min(input.maxDecompressedBytes, room.mostBytes())
    this.awaitsRoom = most <= this.tooLittle
    if (this.awaitsRoom) return null
    const inflated = input.decompress(codec, input.bytes.subarray(start + at.records, stop), most)
    if (isLeft(inflated) && inflated.left._tag === 'oversized' && most < input.maxDecompressedBytes) {
      this.tooLittle = most
      this.awaitsRoom = true
      return null
    }
    this.tooLittle = 0
    if (isLeft(inflated)) {
      this.notDecompressed(inflated.left)
      return null
    }
    room.entered(inflated.right.length)
    return { bytes: inflated.right, at: 0, end: inflated.right.length }
  }

  private notDecompressed(fault: DecompressFault, offset = this.stoppedAt()): void {
    const place = { topic: this.topic, partition: this.partition, offset }
    switch (fault._tag) {
      case 'corrupt':
        this.fault = { _tag: 'CorruptBatchFault', ...place, reason: fault.reason }
        break
      case 'oversized':
        this.fault = { _tag: 'OversizedBatchFault', ...place, limitBytes: this.input.maxDecompressedBytes }
        break
      case 'missing':
        this.fault = { _tag: 'CodecMissingFault', ...place, codec: fault.codec, install: fault.install }
        break
    }
  }

  private corrupt(reason: string): false {
    this.fault = {
      _tag: 'CorruptBatchFault',
      topic: this.topic,
      partition: this.partition,
      offset: this.stoppedAt(),
      reason
    }
    return false
  }

  /** The position at which it cannot be read any further. */
  private stoppedAt(): bigint {
    const baseOffset = this.view.getBigInt64(this.passedBytes + at.baseOffset)
    return baseOffset > this.input.fetchOffset ? baseOffset : this.input.fetchOffset
  }
}
