import { map, Observable } from 'rxjs'
import { nameOfSource, nameSource } from '../../internal/source-names.js'
import type { Unhandled } from '../../model/acknowledgement.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Shared } from '../../model/shared.js'
import type { ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import { RecordedAck, type RecordWatcher } from './recorded-record.js'

/** A record of a share group. */
export type SharedConsumerRecord = ConsumerRecord & Shared

/** A share consumer with altered records; otherwise unchanged. */
export const alteredShareConsumer = (
  inner: ShareConsumer,
  records: (inner: ShareConsumer) => Observable<SharedConsumerRecord>
): ShareConsumer => {
  const stream = new Observable<SharedConsumerRecord>((subscriber) => records(inner).subscribe(subscriber))
  const altered = new Proxy(inner, {
    get: (target, name) => {
      if (name in stream) return Reflect.get(stream, name) as unknown
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    }
  })
  const name = nameOfSource(inner)
  if (name !== undefined) nameSource(altered, name)
  return altered
}

/** Receives the events of a share consumer's records. */
export interface ShareConsumerWatcher extends RecordWatcher {
  /** The pipeline has subscribed to its consumer. */
  subscribed(): void
  delivered(ack: RecordedShareAck): void
}

/** Wraps the acknowledgement of one record of a share group to record it. */
export class RecordedShareAck extends RecordedAck {
  private wasRefused = false

  /** Whether the pipeline has released or rejected it. */
  get isRefused(): boolean {
    return this.wasRefused
  }

  override refuse(seq: number, as: Unhandled): boolean {
    this.wasRefused = true
    return super.refuse(seq, as)
  }
}

/** Wraps a share consumer to record it; pipelines cannot notice that. */
export const recordedShareConsumer = (inner: ShareConsumer, watcher: ShareConsumerWatcher): ShareConsumer =>
  alteredShareConsumer(inner, (records) => {
    watcher.subscribed()
    return records.pipe(
      map((record) => {
        const ack = new RecordedShareAck(record, watcher)
        watcher.delivered(ack)
        return withMark(record.withTarget(ack, 0))
      })
    )
  })

/** `Shared` exists for the compiler only. */
export const withMark = (record: ConsumerRecord): SharedConsumerRecord => record as SharedConsumerRecord
