import type { AckTarget } from './acknowledgement.js'
import type { Bytes } from './bytes.js'
import { Carried } from './carried.js'
import type { Header } from './header.js'

/** Whether the timestamp is the producer's (`CreateTime`) or the broker's (`LogAppendTime`). */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/**
 * One record of a partition, and its acknowledgement.
 *
 * In a record from the cluster, key, value and headers are views of the received bytes. Each access creates a new view
 * and copies nothing: keep what you use more than once in a variable. A record that you keep retains what came with it,
 * up to the whole answer of the broker: copy what must outlive the handler.
 */
export abstract class ConsumerRecord<out K = Bytes, out V = Bytes> extends Carried<V> {
  abstract get topic(): string
  abstract get partition(): number
  abstract get offset(): bigint
  /** Milliseconds since 1970, as sent: -1 if there is none. */
  abstract get timestamp(): number
  abstract get timestampType(): TimestampType
  abstract get key(): K
  /** In the order of the wire; names may repeat. */
  abstract get headers(): readonly Header[]
  /** The CRC-32C of the batch that the record came in. */
  abstract get checksum(): number
  /** The leader epoch of the batch, -1 if the broker did not send it. */
  abstract get leaderEpoch(): number
  /**
   * How often a share group has delivered the record, this time included; null for any other consumer. A record that
   * was delivered as often as the group allows (5 by default) and not acknowledged is given up by the broker.
   */
  abstract get deliveryCount(): number | null
  /** The original record as received, whatever operators have made of it since. */
  abstract get source(): ConsumerRecord

  abstract override detached(): ConsumerRecord<K, V>

  /** The key that replaces the received one, if any. */
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

/** A key that is never read is not created: the original record has it. */
const asItCame: unique symbol = Symbol('as it came')

/** A record with another key, value or acknowledgement; the rest is read from the original record. */
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
    // If the received key is kept, K is Bytes.
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
  get deliveryCount(): number | null {
    return this.source.deliveryCount
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

/**
 * Bytes are most often a view of the response; other values are independent. `slice` does not copy: that of a Buffer is
 * a view too.
 */
const copied = <A>(data: A): A => (data instanceof Uint8Array ? (new Uint8Array(data) as A & Uint8Array) : data)

const printable = (data: unknown): unknown =>
  data instanceof Uint8Array ? { base64: btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join('')) } : data
