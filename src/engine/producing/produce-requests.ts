import { Subscription } from 'rxjs'
import type { Accumulator } from '../../core/producing/accumulator.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import { reasonOf } from '../../model/printable.js'
import { InFlightCounter } from '../in-flight-counter.js'
import type { ProduceAnswers } from './produce-answers.js'
import type { ProducerContext } from './producer-context.js'
import type { RecordOutcomes } from './record-outcomes.js'
import type { TopicLeaders } from './topic-leaders.js'
import type { TransactionGate } from './transactional-producer.js'

/** The Produce requests of a producer: at most `max.in.flight.requests.per.connection` for each node. */
export class ProduceRequests {
  private readonly context: ProducerContext
  private readonly gate: TransactionGate | null
  private readonly accumulator: Accumulator
  private readonly leaders: TopicLeaders
  private readonly outcomes: RecordOutcomes
  private readonly answers: ProduceAnswers
  private readonly answered: () => void
  /** Requests in flight, by node. */
  private readonly inFlight = new Map<number, number>()
  private readonly requests = new Subscription()
  readonly total = new InFlightCounter()

  /** @param answered called after each answer */
  constructor(
    context: ProducerContext,
    gate: TransactionGate | null,
    accumulator: Accumulator,
    leaders: TopicLeaders,
    outcomes: RecordOutcomes,
    answers: ProduceAnswers,
    answered: () => void
  ) {
    this.context = context
    this.gate = gate
    this.accumulator = accumulator
    this.leaders = leaders
    this.outcomes = outcomes
    this.answers = answers
    this.answered = answered
  }

  /** Sends all due batches whose node can take a request now. */
  sendDue(now: number, hurry: boolean): void {
    const { maxInFlight } = this.context.settings
    const hasRoom = (node: number): boolean => (this.inFlight.get(node) ?? 0) < maxInFlight
    const leaderOf = (topic: string, partition: number): number =>
      this.gate === null || this.gate.admits(topic, partition) ? this.leaders.leaderOf(topic, partition) : -1
    for (;;) {
      const requests = this.accumulator.take(now, hurry, leaderOf, hasRoom)
      if (requests.length === 0) break
      for (const { node, batches } of requests) this.send(node, batches)
    }
  }

  close(): void {
    this.requests.unsubscribe()
  }

  private send(node: number, batches: readonly ProducerBatch[]): void {
    const { calls, settings } = this.context
    const encoded = batches.flatMap((batch) => this.encoded(batch))
    if (encoded.length === 0) return
    this.inFlight.set(node, (this.inFlight.get(node) ?? 0) + 1)
    const request = {
      transaction: this.gate?.transaction ?? null,
      acks: settings.acks,
      timeoutMs: settings.requestTimeoutMs,
      batches: encoded.map(({ batch, bytes }) => ({ ...this.leaders.identified(batch), bytes }))
    }
    const sent = encoded.map(({ batch }) => batch)
    this.outcomes.sent(sent)
    this.total.begun()
    const sending = new Subscription()
    this.requests.add(sending)
    sending.add(
      calls.produce(node, request).subscribe((answer) => {
        this.requests.remove(sending)
        this.inFlight.set(node, (this.inFlight.get(node) ?? 1) - 1)
        this.answers.take(node, sent, answer)
        this.answered()
        this.total.ended()
      })
    )
  }

  /** The batch's bytes; empty if a compressor threw: then its records have failed. */
  private encoded(batch: ProducerBatch): readonly { readonly batch: ProducerBatch; readonly bytes: Uint8Array }[] {
    const { compressor, checksum } = this.context
    try {
      return [{ batch, bytes: batch.encode(this.gate !== null, compressor, checksum) }]
    } catch (error) {
      const reason = `it cannot be compressed: ${reasonOf(error)}`
      const fault = produceFault(batch, 'refused', reason, { permanent: false })
      this.outcomes.settle(this.accumulator.refuse(batch, fault))
      return []
    }
  }
}
