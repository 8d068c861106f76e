import { finalize, Observable } from 'rxjs'
import { hold, release } from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import { placeText } from '../diagram/line-label.js'
import type { BugScene, PlannedRecord } from './planted-bug.js'

const isSameKey = (a: PlannedRecord | undefined, b: PlannedRecord | undefined): boolean =>
  a !== undefined && b !== undefined && String(a.key) === String(b.key)

/** Swaps each two consecutive records of one key. */
export const swapped =
  (scene: BugScene) =>
  (stream: PartitionStream): Observable<ConsumerRecord> =>
    new Observable((subscriber) => {
      const planned = scene.writes.get(placeText(stream)) ?? []
      let kept: ConsumerRecord | null = null
      const letGo = (): void => {
        const record = kept
        kept = null
        if (record === null) return
        subscriber.next(record)
        release(record)
      }
      const next = (record: ConsumerRecord): void => {
        const at = Number(record.offset)
        if (kept === null && isSameKey(planned[at], planned[at + 1])) {
          hold(record)
          kept = record
          return
        }
        subscriber.next(record)
        if (kept !== null) scene.acted()
        letGo()
      }
      return stream
        .pipe(
          finalize(() => {
            if (kept !== null) release(kept)
          })
        )
        .subscribe({
          next,
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            letGo()
            subscriber.complete()
          }
        })
    })
