import { map, Observable } from 'rxjs'
import { nameOfSource, nameSource } from '../../internal/source-names.js'
import type { Unhandled } from '../../model/acknowledgement.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Shared } from '../../model/shared.js'
import type { ShareConsumer } from '../../sources/consumer/share/share-consumer.js'
import { RecordedAck, type RecordWatcher } from './recorded-record.js'

/** A record of a share group. */
export type SharedConsumerRecord = ConsumerRecord & Shared

/** A share consumer whose records are something else to its pipeline; everything else about it is as it was. */
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

/** Receives what happens to the records of a share consumer. */
export interface ShareConsumerWatcher extends RecordWatcher {
  /** The pipeline has subscribed to its consumer. */
  subscribed(): void
  delivered(ack: RecordedShareAck): void
}

/** The acknowledgement of one record of a share group, looked at as it passes. */
export class RecordedShareAck extends RecordedAck {
  private wasRefused = false

  /** The pipeline has released or rejected it. */
  get isRefused(): boolean {
    return this.wasRefused
  }

  override refuse(seq: number, as: Unhandled): boolean {
    this.wasRefused = true
    return super.refuse(seq, as)
  }
}

/** The same share consumer, looked at: its pipelines cannot tell it from the other. */
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

/** The mark is for the compiler only. */
export const withMark = (record: ConsumerRecord): SharedConsumerRecord => record as SharedConsumerRecord
