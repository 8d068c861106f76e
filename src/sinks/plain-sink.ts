import { Observable, type OperatorFunction, type Subscriber } from 'rxjs'
import { Fifo } from '../core/fifo.js'
import type { Receipts } from '../core/producing/producer-batch.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import type { ProducerRecord } from '../model/producer-record.js'
import type { ProducerSession } from '../ports/producer-session.js'
import { outgoing } from './send-records.js'

/** Records that may wait for their confirmation at once: those that come faster wait here, and do not age yet. */
const mostInFlight = 20_000

/** Writes records that carry no acknowledgement, and emits where each was written. They have no credit that would limit them. */
export const plainSink =
  (session: ProducerSession, topic: string): OperatorFunction<ProducerRecord, Committed> =>
  (source) =>
    new Observable((destination) => {
      const run = new PlainRun(session, topic, destination)
      destination.add(
        source.subscribe({
          next: (record) => {
            run.arrived(record)
          },
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            run.sourceCompleted()
          }
        })
      )
    })

class PlainRun implements Receipts {
  private readonly session: ProducerSession
  private readonly topic: string
  private readonly destination: Subscriber<Committed>
  private readonly waiting = new Fifo<ProducerRecord>()
  private inFlight = 0
  private completed = false

  constructor(session: ProducerSession, topic: string, destination: Subscriber<Committed>) {
    this.session = session
    this.topic = topic
    this.destination = destination
  }

  arrived(record: ProducerRecord): void {
    if (this.inFlight < mostInFlight) this.send(record)
    else this.waiting.push(record)
  }

  sourceCompleted(): void {
    this.completed = true
    this.finishIfDone()
  }

  written(_index: number, topic: string, partition: number, offset: bigint): void {
    this.inFlight--
    this.destination.next({ topic, partition, offset })
    const next = this.destination.closed ? undefined : this.waiting.shift()
    if (next !== undefined) this.send(next)
    this.finishIfDone()
  }

  failed(_index: number, fault: Fault): void {
    this.destination.error(new ConsumerError(fault))
  }

  private send(record: ProducerRecord): void {
    this.inFlight++
    this.session.send(outgoing(record, this.topic), this, 0)
  }

  private finishIfDone(): void {
    if (this.completed && this.inFlight === 0 && this.waiting.length === 0) this.destination.complete()
  }
}
