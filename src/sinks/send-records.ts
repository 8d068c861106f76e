import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable, type Subscriber } from 'rxjs'
import { TakenRecord, takeRecord } from '../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../core/producing/delivery-callbacks.js'
import type { Carried } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import type { Fault } from '../model/fault.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../ports/producer-session.js'
import type { Step } from '../ports/step.js'

/**
 * Passes records to a producer; answers with the places of all of them, or the first fault. `carried`: the value
 * from which they were made.
 */
export const sendRecords = (
  session: ProducerSession,
  records: readonly OutgoingRecord[],
  carried?: Carried<unknown>
): Step<readonly WrittenRecord[]> =>
  new Observable((subscriber) => {
    const callbacks = new AllCallbacks(records.length, subscriber, carried)
    records.forEach((record, index) => {
      session.send(record, callbacks, index)
    })
  })

class AllCallbacks implements DeliveryCallbacks {
  private readonly places: Committed[] = []
  private readonly subscriber: Subscriber<Either<Fault, readonly WrittenRecord[]>>
  readonly carried: Carried<unknown> | undefined
  private left: number

  constructor(
    count: number,
    subscriber: Subscriber<Either<Fault, readonly WrittenRecord[]>>,
    carried: Carried<unknown> | undefined
  ) {
    this.carried = carried
    this.left = count
    this.subscriber = subscriber
    if (count === 0) this.answer(right([]))
  }

  written(index: number, topic: string, partition: number, offset: bigint): void {
    this.places[index] = { topic, partition, offset }
    if (--this.left === 0) this.answer(right(this.places))
  }

  failed(_index: number, fault: Fault): void {
    this.answer(left(fault))
  }

  private answer(answer: Either<Fault, readonly WrittenRecord[]>): void {
    this.subscriber.next(answer)
    this.subscriber.complete()
  }
}

/** The same for one record or several. */
export const takeOneOrMore = (
  given: object | readonly unknown[],
  topic?: string
): TakenRecord | readonly TakenRecord[] | Fault =>
  Array.isArray(given) ? takeRecords(given, topic) : takeRecord(given, topic)

/**
 * Converts records to the producer's form, with the default topic if they name none. Returns the first fault if one of them is
 * invalid: then none may be written.
 */
export const takeRecords = (records: readonly unknown[], topic?: string): readonly TakenRecord[] | Fault => {
  const taken: TakenRecord[] = []
  // By index, so that each hole of a sparse list counts.
  for (let index = 0; index < records.length; index++) {
    const record = takeRecord(records[index], topic)
    if (!(record instanceof TakenRecord)) return record
    taken.push(record)
  }
  return taken
}
