import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable, type Subscriber } from 'rxjs'
import type { Receipts } from '../core/producing/producer-batch.js'
import type { Committed } from '../model/committed.js'
import type { Fault } from '../model/fault.js'
import type { ProducerRecord } from '../model/producer-record.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../ports/producer-session.js'
import type { Step } from '../ports/step.js'

/** Gives records to a producer: answered with where all of them are, or with the first fault. */
export const sendRecords = (
  session: ProducerSession,
  records: readonly OutgoingRecord[]
): Step<readonly WrittenRecord[]> =>
  new Observable((subscriber) => {
    const receipts = new AllReceipts(records.length, subscriber)
    records.forEach((record, index) => {
      session.send(record, receipts, index)
    })
  })

class AllReceipts implements Receipts {
  private readonly places: Committed[] = []
  private readonly subscriber: Subscriber<Either<Fault, readonly WrittenRecord[]>>
  private left: number

  constructor(count: number, subscriber: Subscriber<Either<Fault, readonly WrittenRecord[]>>) {
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

/** A record as the producer takes it. */
export const outgoing = (record: ProducerRecord, topic: string): OutgoingRecord => {
  const { key = null, value, headers = [], partition, timestamp } = record
  const plain = { topic: record.topic ?? topic, key, value, headers }
  // Most have neither: they are spared the copies.
  if (partition === undefined && timestamp === undefined) return plain
  return { ...plain, ...(partition === undefined ? {} : { partition }), ...(timestamp === undefined ? {} : { timestamp }) } // prettier-ignore
}
