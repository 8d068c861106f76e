import type { AckOrigin } from '../../model/acknowledgement.js'
import { recordsOf } from '../../model/aggregate.js'
import { type Carried, visitOrigins } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'

/**
 * Enforces the order of each partition for a sink that stores offsets. A stored offset says that everything below it is done:
 * if a record overtook another on its way here, the other would be lost at the next crash. Records that were settled before
 * (filtered, skipped, dead-lettered) need not arrive.
 */
export class RecordOrder {
  private readonly expected = new WeakMap<AckOrigin, number>()

  /**
   * Throws a `UsageFault` if a record before one of these is missing, or one of these comes too late.
   *
   * @returns a function to call once they are written
   */
  check(records: readonly Carried<unknown>[]): () => void {
    const expected = new Map<AckOrigin, number>()
    for (const record of records.flatMap(recordsOf))
      visitOrigins(record, (origin, seq) => {
        const from = expected.get(origin) ?? this.expected.get(origin) ?? 0
        if (seq < from) throw overtaken(origin, record.offset)
        for (let before = from; before < seq; before++)
          if (!origin.isSettled(before)) throw overtaken(origin, record.offset)
        expected.set(origin, seq + 1)
      })
    return () => {
      for (const [origin, seq] of expected) this.expected.set(origin, seq)
    }
  }
}

const overtaken = ({ topic, partition }: AckOrigin, offset: bigint): ConsumerError =>
  new ConsumerError({
    _tag: 'UsageFault',
    reason: `records of ${topic}/${String(partition)} come to a sink with offsets out of order (at ${String(offset)}), so that a crash would lose those that were overtaken: before it use handle(…) with order 'partition', its default, and no park(…)`
  })
