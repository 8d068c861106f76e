import type { AckTarget } from '../../model/acknowledgement.js'
import type { Bytes } from '../../model/bytes.js'
import { targetIn, visitOrigins } from '../../model/carried.js'
import { ConsumerRecord, type TimestampType } from '../../model/consumer-record.js'
import type { Header } from '../../model/header.js'
import type { Retry } from './retry-headers.js'

/** A record of a retry topic with the original's place, timestamp and headers. */
export class FirstReceived extends ConsumerRecord {
  protected readonly acks: AckTarget
  protected readonly seq: number
  private readonly copy: ConsumerRecord
  private readonly retry: Retry

  constructor(copy: ConsumerRecord, retry: Retry) {
    super()
    let acks = targetIn(copy)
    let number = 0
    visitOrigins(copy, (origin, seq) => {
      acks = origin
      number = seq
    })
    this.acks = acks
    this.seq = number
    this.copy = copy
    this.retry = retry
  }

  get topic(): string {
    return this.retry.place.topic
  }
  get partition(): number {
    return this.retry.place.partition
  }
  get offset(): bigint {
    return this.retry.place.offset
  }
  get timestamp(): number {
    return this.retry.timestamp
  }
  get headers(): readonly Header[] {
    return this.retry.headers
  }
  get timestampType(): TimestampType {
    return this.copy.timestampType
  }
  get key(): Bytes {
    return this.copy.key
  }
  get value(): Bytes {
    return this.copy.value
  }
  get checksum(): number {
    return this.copy.checksum
  }
  get leaderEpoch(): number {
    return this.copy.leaderEpoch
  }
  get deliveryCount(): number | null {
    return this.copy.deliveryCount
  }
  get source(): ConsumerRecord {
    return this
  }

  detached(): ConsumerRecord {
    return new FirstReceived(this.copy.detached(), this.retry)
  }
}
