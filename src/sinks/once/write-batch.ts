import { recordsOf } from '../../model/aggregate.js'
import type { CarriedOr, Dropped } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { HandlerContext } from '../../operators/handling/handler.js'
import type { OffsetStore } from './offset-store.js'
import { RecordOrder } from './record-order.js'

/**
 * Runs all of `work` in one transaction. If the commit gets no answer, that is an error. When the signal aborts, the
 * result is not awaited any more.
 */
export type RunTransaction<Tx> = (work: (tx: Tx) => Promise<void>, signal?: AbortSignal) => Promise<void>

/** Writes records of a batch within a transaction. */
export type WriteWithin<C, Tx> = (tx: Tx, records: readonly C[]) => Promise<void>

/** Writes batches of records, each in one transaction. */
export type BatchWriter<C> = (records: readonly C[], context?: Pick<HandlerContext, 'signal'>) => Promise<void>

/**
 * Writes the next offset of each partition in the transaction of its records. Records that are already written are left out: a
 * stored offset beyond them shows that a commit whose answer was lost took place.
 */
export const withOffsets = <C extends CarriedOr<Dropped>, Tx>(
  offsets: OffsetStore<Tx>,
  transaction: RunTransaction<Tx>,
  write: WriteWithin<C, Tx>
): BatchWriter<C> => {
  const order = new RecordOrder()
  return async (records, context) => {
    const run = (work: (tx: Tx) => Promise<void>): Promise<void> => transaction(work, context?.signal)
    const wrote = order.check(records)
    const notWritten = (some: readonly C[]): readonly C[] => some.filter((carried) => !isWritten(carried, offsets))
    let due = notWritten(records)
    while (due.length > 0 && (await attemptOnce(due, offsets, run, write)) === 'behind') {
      const left = notWritten(due)
      // Otherwise the same records would be written and rolled back without end.
      if (left.length === due.length) throw staysBehind(due)
      due = left
    }
    wrote()
  }
}

const attemptOnce = async <C extends CarriedOr<Dropped>, Tx>(
  records: readonly C[],
  offsets: OffsetStore<Tx>,
  transaction: (work: (tx: Tx) => Promise<void>) => Promise<void>,
  write: WriteWithin<C, Tx>
): Promise<'written' | 'behind'> => {
  const spans = spansOf(records)
  try {
    await transaction(async (tx) => {
      await write(tx, records)
      for (const { place, from, to } of spans)
        if ((await offsets.save(tx, place, from, to)) === 'behind') throw new AlreadyWritten()
    })
  } catch (error) {
    if (error instanceof AlreadyWritten) return 'behind'
    throw error
  }
  for (const { place, to } of spans) offsets.saved(place, to)
  return 'written'
}

/** A part of the batch is in the store already. */
class AlreadyWritten extends Error {}

interface Span {
  readonly place: TopicPartition
  readonly from: bigint
  to: bigint
}

const spansOf = (records: readonly CarriedOr<Dropped>[]): readonly Span[] => {
  const spans = new Map<string, Span>()
  for (const { topic, partition, offset } of records.flatMap(recordsOf)) {
    const key = partitionKey(topic, partition)
    const span = spans.get(key)
    if (span === undefined) spans.set(key, { place: { topic, partition }, from: offset, to: offset + 1n })
    else span.to = offset + 1n
  }
  return [...spans.values()]
}

const staysBehind = (records: readonly CarriedOr<Dropped>[]): ConsumerError => {
  const places = spansOf(records).map(({ place: { topic, partition }, from }) => `${topic}/${String(partition)} at ${String(from)}`) // prettier-ignore
  const reason = `the OffsetStore answers 'behind', though its next(…) says that no record of the batch is written (${places.join(', ')}): after 'behind', next has to be beyond the first of them`
  return new ConsumerError({ _tag: 'UsageFault', reason })
}

/** Its effect would count twice for some of its records, and the store refuses its offsets again and again. */
const partlyWritten = ({ topic, partition }: TopicPartition, next: bigint | null): ConsumerError =>
  new ConsumerError({
    _tag: 'UsageFault',
    reason: `a batch before the sink has records of ${topic}/${String(partition)} that are written (below ${String(next)}) and others that are not: it cannot count once. Leave the batches to the sink, and read from where the store says (startFrom)`
  })

const isWritten = <Tx>(carried: CarriedOr<Dropped>, offsets: OffsetStore<Tx>): boolean => {
  const all = recordsOf(carried)
  const written = all.filter((record) => record.offset < (offsets.next(record) ?? -1n))
  const [first] = written
  if (first !== undefined && written.length < all.length) throw partlyWritten(first, offsets.next(first))
  return first !== undefined
}
