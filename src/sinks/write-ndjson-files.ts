import { Observable, type OperatorFunction } from 'rxjs'
import type { AckOrigin } from '../model/acknowledgement.js'
import { recordsOf } from '../model/aggregate.js'
import { type Carried, type CarriedOr, type Dropped, firstOriginOf } from '../model/carried.js'
import { aName, problemsWith, refuseWrong, truth } from '../model/check-arguments.js'
import { ConsumerError } from '../model/consumer-error.js'
import { partitionKey, type TopicPartition } from '../model/topic-partition.js'
import {
  aFunction,
  checkOptions,
  count,
  millisecondsOrNone,
  options as optionsOf
} from '../operators/handling/operator-options.js'
import { orderedBatchRules, type SinkOptions, retryWithoutEnd } from './batches/sink-options.js'
import { diskReason } from './disk-reason.js'
import { Unwritable } from './batches/unwritable.js'
import { NdjsonPartitionFiles, type OffsetLine } from './ndjson-partition-files.js'
import type { HandlerContext } from '../operators/handling/handler.js'
import { RecordOrder } from './once/record-order.js'
import { sinkAs } from './sink.js'
import { jsonLine, permissions } from './ndjson-line.js'

/** What `writeNdjsonFiles` writes; batches, retry and dead letters are those of `sink`. */
export interface WriteNdjsonFilesOptions<C> extends Omit<SinkOptions<C>, 'write' | 'concurrency'> {
  /** The content of a line; bigints become text. @default the value */
  readonly line?: (carried: C) => unknown
  /** The permissions of the files. @default 0o600 */
  readonly mode?: number
  /** When a file is finished, and another begins. */
  readonly rotate?: {
    /** at this size in bytes @default 67108864 (64 MiB) */
    readonly bytes?: number
    /**
     * ms after its first line. A file that a killed process left is finished at the first record of the partition that
     * comes. @default no limit
     */
    readonly withinMs?: number
  }
  /** Compresses: files end with `.ndjson.gz`. Each batch is compressed by itself. @default false */
  readonly gzip?: boolean
}

/**
 * Writes each record as a line of JSON to files of its partition, and passes it on once it is on the disk. No line is
 * written twice: a record that a file of the folder has already, because the process was killed before the commit, is
 * passed on only. An aggregate has one line: it is passed on only if all its records are there already, else its line is
 * written, and repeats those that are.
 *
 * - A finished file has whole lines and a name with its first and last offset
 *   (`orders-0-00000000000000000000-00000000000000000499.ndjson`), and never changes: a program that reads `*.ndjson`
 *   sees whole files only. It gets this name by a rename, once it is large or old enough (`rotate`), and when the
 *   partition is drained.
 * - Until then its name ends with `.open`. `orders-0.position` says how far it counts: what a killed process wrote
 *   beyond was not acknowledged, and is cut off. To write offsets again, remove that file and the files of the
 *   partition, also if the topic was deleted and created again.
 * - One process at a time may write a partition to a folder, as the group arranges it: a drain or revocation waits for
 *   the last rename, unless it runs into its deadline. A member that has lost its partition unnoticed may still write,
 *   so processes of a group are safe only with a folder each.
 * - Records must come in order, and an aggregate has records of one partition: else the pipeline errors with a
 *   `UsageFault`.
 * - Pressure, completion and errors: as `sink`, one batch at a time.
 *
 * @throws ConsumerError with a `ConfigFault` that names every argument it cannot work with
 *
 * @example
 * partition.pipe(
 *   deserialize({ value: json(Order) }),
 *   writeNdjsonFiles('/var/orders', { rotate: { bytes: 64 * 1024 * 1024, withinMs: 3_600_000 }, gzip: true }),
 *   commit()
 * )
 */
export function writeNdjsonFiles<C extends CarriedOr<Dropped>>(
  folder: string,
  options: WriteNdjsonFilesOptions<C> = {}
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  refuseWrong(problemsWith('writeNdjsonFiles: folder', folder, aName))
  checkOptions('writeNdjsonFiles', options, {
    ...orderedBatchRules,
    line: aFunction,
    mode: permissions,
    rotate: optionsOf({ bytes: count, withinMs: millisecondsOrNone }),
    gzip: { ...truth }
  })
  const { line = (carried) => carried.value, mode = 0o600, rotate = {}, gzip = false, ...sinkOptions } = options
  const { bytes: rotateBytes = 64 * 1024 * 1024, withinMs: rotateMs = Infinity } = rotate
  const writingFiles: OperatorFunction<C, C> = (source) =>
    new Observable((destination) => {
      const unfinished = (error: unknown): void => {
        destination.error(refused(`a file in ${folder}`, error))
      }
      const files = new NdjsonPartitionFiles({ folder, mode, gzip, rotateBytes, rotateMs }, unfinished)
      const unwritable = new Unwritable()
      const { retry } = options
      const write = writing({ files, folder, line, unwritable }, retry?.attempts ?? 1, (error) => {
        destination.error(error)
      })
      const sink = sinkAs<C>('writeNdjson', {
        ...sinkOptions,
        write,
        retry: {
          attempts: 1,
          backoff: retryWithoutEnd.backoff,
          ...retry,
          classify: retry?.classify ?? ((cause) => (unwritable.has(cause) ? 'permanent' : 'retriable'))
        }
      })
      destination.add(
        source.pipe(sink).subscribe({
          next: (carried) => {
            destination.next(carried)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            files.finishAll().then(() => {
              destination.complete()
            }, unfinished)
          }
        })
      )
      destination.add(() => {
        files.release()
      })
    })
  // Each value that comes is a D; only its C part is used.
  return writingFiles as unknown as <D>(source: Observable<D>) => Observable<D>
}

interface Writing<C> {
  readonly files: NdjsonPartitionFiles
  readonly folder: string
  readonly line: (carried: C) => unknown
  readonly unwritable: Unwritable
}

/** @param failed ends the pipeline: what the disk refuses says nothing against the records, so none is given up for it */
const writing = <C extends CarriedOr<Dropped>>(
  { files, folder, line, unwritable }: Writing<C>,
  attempts: number,
  failed: (error: ConsumerError) => void
): ((records: readonly C[], context: HandlerContext) => Promise<void>) => {
  const order = new RecordOrder()
  return async (records, { attempt }) => {
    const wrote = order.check(records)
    // All lines are created first: an offset must not pass a record without a line before that is isolated and dead-lettered.
    const lines = unwritable.from(() => linesOf(records, line))
    for (const { place, origin, own } of lines)
      try {
        await files.write(place, origin, own)
      } catch (error) {
        const fault = refused(`the file of ${place.topic}/${String(place.partition)} in ${folder}`, error)
        if (attempt >= attempts) failed(fault)
        throw fault
      }
    wrote()
  }
}

const refused = (sink: string, cause: unknown): ConsumerError =>
  new ConsumerError({ _tag: 'SinkFault', sink, reason: diskReason(cause), cause })

/** Refuses a line of several partitions: it is in one partition's file, and the positions of the others would be wrong. */
const ofSeveral = (one: TopicPartition, other: TopicPartition): ConsumerError => {
  const named = [one, other].map(({ topic, partition }) => `${topic}/${String(partition)}`).join(' and ')
  return new ConsumerError({
    _tag: 'UsageFault',
    reason: `writeNdjsonFiles: an aggregate has records of ${named}, and a line belongs to the file of one partition: combine records within eachPartition(…), each partition by itself`
  })
}

/** The lines of a partition. */
interface PlaceLines {
  readonly place: TopicPartition
  readonly origin: AckOrigin | null
  readonly own: OffsetLine[]
}

/** By partition, in order. */
const linesOf = <C extends CarriedOr<Dropped>>(
  records: readonly C[],
  line: (carried: C) => unknown
): readonly PlaceLines[] => {
  const found = new Map<string, PlaceLines>()
  for (const carried of records) {
    const all = recordsOf(carried)
    const [first] = all
    const last = all.at(-1)
    if (first === undefined || last === undefined) continue
    const { topic, partition } = first
    for (const record of all)
      if (record.partition !== partition || record.topic !== topic) throw ofSeveral(first, record)
    const key = partitionKey(topic, partition)
    const known = found.get(key) ?? { place: { topic, partition }, origin: firstOriginOf(carried), own: [] }
    found.set(key, known)
    known.own.push({ line: jsonLine(line(carried)), first: first.offset, next: last.offset + 1n })
  }
  return [...found.values()]
}
