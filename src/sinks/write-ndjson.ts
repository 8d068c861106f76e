import { Observable, type OperatorFunction } from 'rxjs'
import type { Carried } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import { handling } from '../operators/handling.js'
import { aFunction, checkOptions } from '../operators/operator-options.js'
import { type NdjsonFile, useNdjsonFile } from './ndjson-file.js'

/** What `writeNdjson` writes. */
export interface WriteNdjsonOptions<C> {
  /** What a line says; bigints become text. @default the value */
  readonly line?: (carried: C) => unknown
}

/**
 * Appends each record as a line of JSON to a file and passes it on once it is on the disk. The file is made readable for
 * its owner only; a symbolic link is refused. After a crash it holds whole lines only.
 *
 * - Order: as they came. What comes while a write is being synced goes together with the next.
 * - Pressure: a record keeps its credit until it is on the disk.
 * - Completes when the source has completed and everything is on the disk.
 * - Errors with the source, and with a `ConsumerError` of a `SinkFault` when the file cannot be written.
 * - Unsubscribing lets go of what waits; it may still be written.
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), writeNdjson('orders.ndjson'), commit())
 */
export function writeNdjson<C extends Carried<unknown>>(
  path: string,
  options: WriteNdjsonOptions<C> = {}
): OperatorFunction<C, C> {
  checkOptions('writeNdjson', options, { line: aFunction })
  const { line = (carried) => carried.value } = options
  return (source) =>
    new Observable((destination) => {
      const { file, release } = useNdjsonFile(path)
      const call = (carried: C): Observable<void> => appended(file, jsonLine(line(carried)))
      const sink = handling<C, C>(
        { operator: 'writeNdjson', call, result: (carried) => carried },
        // The file keeps the order, and the credit keeps the number.
        { concurrency: Number.MAX_SAFE_INTEGER, order: 'none' }
      )
      destination.add(source.pipe(sink).subscribe(destination))
      destination.add(release)
    })
}

const appended = (file: NdjsonFile, line: string): Observable<void> =>
  new Observable((subscriber) => {
    file.append(
      line,
      () => {
        subscriber.next()
        subscriber.complete()
      },
      (fault) => {
        subscriber.error(new ConsumerError(fault))
      }
    )
  })

/** JSON escapes line breaks by itself: a value cannot end its line. */
const jsonLine = (value: unknown): string => {
  const json = JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) as
    string | undefined
  if (json === undefined) throw new TypeError('the line is nothing that JSON can say')
  return json
}
