import { Observable, type OperatorFunction } from 'rxjs'
import { type Carried, type CarriedOr, type Dropped, firstOriginOf } from '../model/carried.js'
import { aName, problemsWith, refuseWrong } from '../model/check-arguments.js'
import { ConsumerError } from '../model/consumer-error.js'
import { handling } from '../operators/handling/handling.js'
import { aFunction, checkOptions } from '../operators/handling/operator-options.js'
import { type NdjsonFile, useNdjsonFile } from './ndjson-file.js'
import { jsonLine, permissions } from './ndjson-line.js'

/** What `writeNdjson` writes. */
export interface WriteNdjsonOptions<C> {
  /** The content of a line; bigints become text. @default the value */
  readonly line?: (carried: C) => unknown
  /** The permissions of the file, also of an existing one: 0o640 lets a group read it. @default 0o600 */
  readonly mode?: number
}

/**
 * Appends each record to a file as a line of JSON and passes it on once it is on the disk. Only its owner may read the
 * file, unless `mode` says otherwise; a symbolic link, and a file with further hard links, is refused.
 *
 * After a crash the file holds whole lines only. A torn last line was never acknowledged: it is moved to the file
 * `….torn` next to it, with an event `torn line`. A last line that only lacks its line break stays where it is.
 *
 * Another program may rename the file, to rotate it: later lines begin a new file. If it is removed, lines that are not
 * acknowledged yet are written to a new one. Two processes need a file each.
 *
 * - Order: as received. Records that come while a write is being synced are part of the next write.
 * - Pressure: a record keeps its credit until it is on the disk.
 * - Completes when the source has completed and everything is on the disk.
 * - Errors with the source, and with a `ConsumerError` of a `SinkFault` if the file cannot be written.
 * - Unsubscribing releases the waiting records; they may still be written.
 *
 * @throws ConsumerError with a `ConfigFault`
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), writeNdjson('orders.ndjson'), commit())
 */
export function writeNdjson<C extends CarriedOr<Dropped>>(
  path: string,
  options: WriteNdjsonOptions<C> = {}
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  refuseWrong(problemsWith('writeNdjson: path', path, aName))
  checkOptions('writeNdjson', options, { line: aFunction, mode: permissions })
  const { line = (carried) => carried.value, mode = 0o600 } = options
  const appending: OperatorFunction<C, C> = (source) =>
    new Observable((destination) => {
      const { file, release } = useNdjsonFile(path, mode)
      const call = (carried: C): Observable<void> => appended(file, jsonLine(line(carried)), carried)
      const sink = handling<C, C>(
        { operator: 'writeNdjson', call, result: (carried) => carried },
        // The file keeps the order, and credit limits the number.
        { concurrency: Number.MAX_SAFE_INTEGER, order: 'none' }
      )
      destination.add(source.pipe(sink).subscribe(destination))
      destination.add(release)
    })
  // Each value that comes is a D; only its C part is used.
  return appending as unknown as <D>(source: Observable<D>) => Observable<D>
}

const appended = (file: NdjsonFile, line: string, carried: Carried<unknown>): Observable<void> =>
  new Observable((subscriber) => {
    file.append({
      line,
      written: () => {
        subscriber.next()
        subscriber.complete()
      },
      failed: (fault) => {
        subscriber.error(new ConsumerError(fault))
      },
      torn: (torn) => firstOriginOf(carried)?.report({ _tag: 'torn line', ...torn })
    })
  })
