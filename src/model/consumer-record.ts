import type { AckTarget } from './acknowledgement.js'
import type { Bytes } from './bytes.js'
import { Carried } from './carried.js'
import type { Header } from './header.js'

/** Whether the timestamp is the producer's (`CreateTime`) or the broker's (`LogAppendTime`). */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/**
 * One record of a partition, and its acknowledgement.
 *
 * As it comes from the cluster, key, value and headers are views of the received bytes, made anew at each access and never
 * copied. Take what is used more than once into a variable. A record that is kept keeps what came with it, up to the whole
 * answer of the broker: copy what must outlive the handler.
 */
export abstract class ConsumerRecord<out K = Bytes, out V = Bytes> extends Carried<V> {
  abstract get topic(): string
  abstract get partition(): number
  abstract get offset(): bigint
  /** Milliseconds since 1970, as given: -1 where there is none. */
  abstract get timestamp(): number
  abstract get timestampType(): TimestampType
  abstract get key(): K
  /** In the order of the wire; names may repeat. */
  abstract get headers(): readonly Header[]
  /** The CRC-32C of the batch that the record came in. */
  abstract get checksum(): number
  /** The leader epoch the batch was written under, -1 where the broker did not say. */
  abstract get leaderEpoch(): number
  /** The record as it came, whatever was made of it since. */
  abstract get source(): ConsumerRecord

  abstract override detached(): ConsumerRecord<K, V>

  /** What it was given in place of the key it came with. */
  protected keyGiven(): K | typeof asItCame {
    return asItCame
  }

  override withValue<B>(value: B): ConsumerRecord<K, B> {
    return new DerivedRecord(this.acks, this.seq, this.source, this.keyGiven(), value)
  }

  override withTarget(acks: AckTarget, seq: number): ConsumerRecord<K, V> {
    return new DerivedRecord(acks, seq, this.source, this.keyGiven(), this.value)
  }

  /** @internal */
  withKeyAndValue<A, B>(key: A, value: B): ConsumerRecord<A, B> {
    return new DerivedRecord(this.acks, this.seq, this.source, key, value)
  }

  /** Offsets as text, bytes as base64: what `JSON.stringify` can write. */
  toJSON(): unknown {
    return {
      topic: this.topic,
      partition: this.partition,
      offset: this.offset.toString(),
      timestamp: this.timestamp,
      timestampType: this.timestampType,
      key: printable(this.key),
      value: printable(this.value),
      headers: this.headers.map(({ name, value }) => ({ name, value: printable(value) })),
      checksum: this.checksum,
      leaderEpoch: this.leaderEpoch
    }
  }

  /** What `console.log` and `util.inspect` show in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return {
      topic: this.topic,
      partition: this.partition,
      offset: this.offset,
      timestamp: this.timestamp,
      key: this.key,
      value: this.value,
      headers: this.headers
    }
  }
}

/** A key that nobody reads is not made: it is left to the record as it came. */
const asItCame: unique symbol = Symbol('as it came')

/** A record that was given another key, value or acknowledgement; the rest is read from the record as it came. */
export class DerivedRecord<out K, out V> extends ConsumerRecord<K, V> {
  protected readonly acks: AckTarget
  protected readonly seq: number
  readonly source: ConsumerRecord
  private readonly ownKey: K | typeof asItCame
  readonly value: V

  constructor(acks: AckTarget, seq: number, source: ConsumerRecord, ownKey: K | typeof asItCame, value: V) {
    super()
    this.acks = acks
    this.seq = seq
    this.source = source
    this.ownKey = ownKey
    this.value = value
  }

  protected override keyGiven(): K | typeof asItCame {
    return this.ownKey
  }
  get key(): K {
    // Of one that kept the key it came with, K is Bytes.
    return this.ownKey === asItCame ? (this.source.key as K) : this.ownKey
  }

  get topic(): string {
    return this.source.topic
  }
  get partition(): number {
    return this.source.partition
  }
  get offset(): bigint {
    return this.source.offset
  }
  get timestamp(): number {
    return this.source.timestamp
  }
  get timestampType(): TimestampType {
    return this.source.timestampType
  }
  get headers(): readonly Header[] {
    return this.source.headers
  }
  get checksum(): number {
    return this.source.checksum
  }
  get leaderEpoch(): number {
    return this.source.leaderEpoch
  }

  detached(): ConsumerRecord<K, V> {
    return new DerivedRecord(this.acks, this.seq, this.source.detached(), copied(this.ownKey), copied(this.value))
  }
}

/** Bytes are most often a view of the response; other values are their own. Not by `slice`: that of a Buffer is a view too. */
const copied = <A>(data: A): A => (data instanceof Uint8Array ? (new Uint8Array(data) as A & Uint8Array) : data)

const printable = (data: unknown): unknown =>
  data instanceof Uint8Array ? { base64: btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join('')) } : data
