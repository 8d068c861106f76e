import type { OperatorFunction, Subscriber } from 'rxjs'
import { Fifo } from '../core/scheduling/fifo.js'
import { TakenRecord, takeRecord } from '../core/producing/outgoing-record.js'
import type { DeliveryCallbacks } from '../core/producing/delivery-callbacks.js'
import { noteAttempt, Carried, hold, isStale, pass, release } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import { operatorId } from '../model/operator-name.js'
import type { ProducerRecord } from '../model/producer-record.js'
import { handlingFaultOf } from '../operators/handling/failures.js'
import { throughRun } from '../operators/handling/through-run.js'
import type { ProducerSession } from '../ports/producer-session.js'
import { takeOneOrMore } from './send-records.js'

/**
 * How many records without credit may wait for confirmation at once. Records that come faster wait here, and their time
 * does not run yet.
 */
const mostInFlight = 20_000

const operator = /*#__PURE__*/ operatorId('produceTo')

/** The record or the records to write for a carried value. */
export type OutgoingRecordsOf = (carried: Carried<unknown>) => ProducerRecord | readonly ProducerRecord[]

/**
 * Writes each value and passes it on once it is confirmed; the first one that cannot be written ends it. Carried values
 * are held meanwhile, and their credit limits how many there are; plain records have none, and it emits where they were
 * written.
 */
export const directSink = (
  session: ProducerSession,
  topic: string,
  outgoingRecordsOf: OutgoingRecordsOf
): OperatorFunction<unknown, unknown> =>
  throughRun((destination) => new DirectSinkRun(session, topic, outgoingRecordsOf, destination))

class DirectSinkRun implements DeliveryCallbacks {
  private readonly session: ProducerSession
  private readonly topic: string
  private readonly outgoingRecordsOf: OutgoingRecordsOf
  private readonly destination: Subscriber<unknown>
  private readonly waiting = new Fifo<TakenRecord>()
  /** the newest of those in flight, each of which knows its neighbours: a set would cost more than all else here */
  private newest: Carrying | null = null
  private inFlight = 0
  private completed = false

  constructor(
    session: ProducerSession,
    topic: string,
    outgoingRecordsOf: OutgoingRecordsOf,
    destination: Subscriber<unknown>
  ) {
    this.session = session
    this.topic = topic
    this.outgoingRecordsOf = outgoingRecordsOf
    this.destination = destination
  }

  arrived(item: unknown): void {
    if (item instanceof Carried) this.carriedArrived(item)
    else this.plainArrived(item)
  }

  private carriedArrived(carried: Carried<unknown>): void {
    if (isStale(carried)) return
    let records: TakenRecord | readonly TakenRecord[] | Fault
    try {
      records = takeOneOrMore(this.outgoingRecordsOf(carried), this.topic)
    } catch (cause) {
      this.destination.error(new ConsumerError(handlingFaultOf(carried, 'produceTo', 1, cause)))
      return
    }
    if (!(records instanceof TakenRecord) && '_tag' in records) {
      this.destination.error(new ConsumerError(handlingFaultOf(carried, 'produceTo', 1, new ConsumerError(records))))
      return
    }
    const count = records instanceof TakenRecord ? 1 : records.length
    if (count === 0) {
      pass(carried, operator)
      this.destination.next(carried)
      return
    }
    hold(carried)
    noteAttempt(carried, true)
    const carrying = new Carrying(this, carried, count, this.newest)
    if (this.newest !== null) this.newest.newer = carrying
    this.newest = carrying
    if (records instanceof TakenRecord) this.session.send(records, carrying, 0)
    else for (const record of records) this.session.send(record, carrying, 0)
  }

  private plainArrived(given: unknown): void {
    const record = takeRecord(given, this.topic)
    if (!(record instanceof TakenRecord)) this.destination.error(new ConsumerError(record))
    else if (this.inFlight < mostInFlight) this.send(record)
    else this.waiting.push(record)
  }

  sourceCompleted(): void {
    this.completed = true
    this.finishIfDone()
  }

  stop(): void {
    while (this.newest !== null) this.letGo(this.newest)
  }

  /** All records of the value are confirmed. */
  confirmed(carrying: Carrying): void {
    const { carried } = carrying
    if (!carrying.isUnderWay) return
    // Removed first: the next subscriber may unsubscribe within `next`, which releases the values in flight.
    this.remove(carrying)
    noteAttempt(carried, false)
    if (!isStale(carried)) {
      pass(carried, operator)
      this.destination.next(carried)
    }
    release(carried)
    this.finishIfDone()
  }

  /** One of the value's records cannot be written. */
  refused(carrying: Carrying, fault: Fault): void {
    const { carried } = carrying
    if (!carrying.isUnderWay) return
    if (!isStale(carried)) {
      this.destination.error(new ConsumerError(handlingFaultOf(carried, 'produceTo', 1, new ConsumerError(fault))))
      return
    }
    this.letGo(carrying)
    this.finishIfDone()
  }

  written(_index: number, topic: string, partition: number, offset: bigint): void {
    this.inFlight--
    const place: Committed = { topic, partition, offset }
    this.destination.next(place)
    const next = this.destination.closed ? undefined : this.waiting.shift()
    if (next !== undefined) this.send(next)
    this.finishIfDone()
  }

  failed(_index: number, fault: Fault): void {
    this.destination.error(new ConsumerError(fault))
  }

  private send(record: TakenRecord): void {
    this.inFlight++
    this.session.send(record, this, 0)
  }

  private letGo(carrying: Carrying): void {
    this.remove(carrying)
    noteAttempt(carrying.carried, false)
    release(carrying.carried)
  }

  private remove(carrying: Carrying): void {
    const { older, newer } = carrying
    if (older !== null) older.newer = newer
    if (newer !== null) newer.older = older
    else this.newest = older
    carrying.left()
  }

  private finishIfDone(): void {
    if (this.completed && this.inFlight === 0 && this.waiting.length === 0 && this.newest === null)
      this.destination.complete()
  }
}

/** A carried value that waits for the confirmation of all its records. */
class Carrying implements DeliveryCallbacks {
  readonly carried: Carried<unknown>
  isUnderWay = true
  older: Carrying | null
  newer: Carrying | null = null
  private readonly run: DirectSinkRun
  private unconfirmed: number

  constructor(run: DirectSinkRun, carried: Carried<unknown>, records: number, older: Carrying | null) {
    this.run = run
    this.carried = carried
    this.unconfirmed = records
    this.older = older
  }

  /** Marks it as no longer in flight. */
  left(): void {
    this.isUnderWay = false
    this.older = this.newer = null
  }

  written(): void {
    if (--this.unconfirmed === 0) this.run.confirmed(this)
  }

  failed(_index: number, fault: Fault): void {
    this.run.refused(this, fault)
  }
}
