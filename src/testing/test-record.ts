import type { AckTarget } from '../model/acknowledgement.js'
import { refuseWrong } from '../model/check-arguments.js'
import type { Bytes } from '../model/bytes.js'
import { ConsumerRecord, DerivedRecord, type TimestampType } from '../model/consumer-record.js'
import type { Header } from '../model/header.js'
import { type Wire, wireBytes } from '../model/producer-record.js'
import { problemsWithRecord } from './arguments/problems-with-record.js'

/** The fields of a test's record; all are optional. */
export interface TestRecordFields<K, V> {
  /** @default 'test' */
  readonly topic?: string
  /** @default 0 */
  readonly partition?: number
  /** @default 0n */
  readonly offset?: bigint
  /** ms since 1970 @default 0 */
  readonly timestamp?: number
  /** @default 'CreateTime' */
  readonly timestampType?: TimestampType
  /** @default null */
  readonly key?: K
  /** @default null */
  readonly value?: V
  /** @default none */
  readonly headers?: readonly (Omit<Header, 'value'> & { readonly value: Wire })[]
}

/**
 * Creates a record as pipelines get it, without a cluster. Pass key and value as the operator under test should see them;
 * `source` has them as received: bytes unchanged, text as UTF-8, anything else as JSON.
 *
 * It belongs to no assignment: acknowledging it has no effect. To check acknowledgements, deliver records through
 * `testPartition`.
 *
 * @example
 * const record = testRecord({ key: 'a', value: { id: 'a', amount: 12 }, offset: 7n })
 * isLarge(record.value, record) // a predicate for filterRecords
 */
export const testRecord = <K = null, V = null>(fields: TestRecordFields<K, V> = {}): ConsumerRecord<K, V> => {
  refuseWrong(problemsWithRecord(fields))
  return recordFor(fields, untracked, 0)
}

/** A record whose acknowledgements go to `acks`, with number `seq`. */
export const recordFor = <K, V>(fields: TestRecordFields<K, V>, acks: AckTarget, seq: number): ConsumerRecord<K, V> => {
  // Omitted fields are null, and K and V are `null` then.
  const key = (fields.key ?? null) as K
  const value = (fields.value ?? null) as V
  return new DerivedRecord(acks, seq, new WireRecord(fields, bytesOf(key), bytesOf(value), acks, seq), key, value)
}

/** Ignores acknowledgements. */
const untracked: AckTarget = {
  settle: () => undefined,
  refuse: () => false,
  hold: () => undefined,
  release: () => undefined,
  park: () => undefined,
  attempt: () => undefined,
  pass: () => undefined,
  visit: () => undefined,
  originOf: () => null,
  isStale: () => false
}

const bytesOf = (data: unknown): Bytes =>
  data === null || typeof data === 'string' || data instanceof Uint8Array
    ? wireBytes(data)
    : wireBytes(JSON.stringify(data, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)))

/** The record as received from a cluster. */
class WireRecord extends ConsumerRecord {
  protected readonly acks: AckTarget
  protected readonly seq: number
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[]
  readonly checksum = 0
  readonly leaderEpoch = 0

  constructor(fields: TestRecordFields<unknown, unknown>, key: Bytes, value: Bytes, acks: AckTarget, seq: number) {
    super()
    this.acks = acks
    this.seq = seq
    this.topic = fields.topic ?? 'test'
    this.partition = fields.partition ?? 0
    this.offset = fields.offset ?? 0n
    this.timestamp = fields.timestamp ?? 0
    this.timestampType = fields.timestampType ?? 'CreateTime'
    this.key = key
    this.value = value
    this.headers = (fields.headers ?? []).map((header) => ({ name: header.name, value: wireBytes(header.value) }))
  }

  get deliveryCount(): null {
    return null
  }
  get source(): ConsumerRecord {
    return this
  }
  detached(): ConsumerRecord {
    return this
  }
}
