import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { Accumulator } from '../../core/producing/accumulator.js'
import { bareAnswer } from '../../core/producing/batch-answer.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import { errorCode, isFatal } from '../../core/protocol/error-code.js'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import type { Fault } from '../../model/fault.js'
import { reasonOf } from '../../model/printable.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { ProducedBatch } from '../../ports/kafka-calls.js'
import { AtRest } from '../at-rest.js'
import type { ProducerContext } from './producer-context.js'
import type { ProducerNotices } from './producer-notices.js'
import type { RecordOutcomes } from './record-outcomes.js'
import type { TopicLeaders } from './topic-leaders.js'
import type { TransactionGate } from './transactional-producer.js'

/** The Produce requests of a producer: at most `max.in.flight.requests.per.connection` for each node. */
export class ProduceRequests {
  private readonly context: ProducerContext
  private readonly gate: TransactionGate | null
  private readonly accumulator: Accumulator
  private readonly leaders: TopicLeaders
  private readonly notices: ProducerNotices
  private readonly outcomes: RecordOutcomes
  private readonly answered: () => void
  /** Requests in flight, by node. */
  private readonly inFlight = new Map<number, number>()
  private readonly requests = new Subscription()
  readonly rest = new AtRest()

  /** @param answered called after each answer */
  constructor(
    context: ProducerContext,
    gate: TransactionGate | null,
    accumulator: Accumulator,
    leaders: TopicLeaders,
    notices: ProducerNotices,
    outcomes: RecordOutcomes,
    answered: () => void
  ) {
    this.context = context
    this.gate = gate
    this.accumulator = accumulator
    this.leaders = leaders
    this.notices = notices
    this.outcomes = outcomes
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
    this.rest.begun()
    const sending = new Subscription()
    this.requests.add(sending)
    sending.add(
      calls.produce(node, request).subscribe((answer) => {
        this.requests.remove(sending)
        this.inFlight.set(node, (this.inFlight.get(node) ?? 1) - 1)
        if (isLeft(answer)) this.notices.unreached(node, answer.left.fault)
        else this.notices.reached(node)
        if (isLeft(answer)) this.unanswered(sent, answer.left.fault, answer.left.sent)
        else if (settings.acks === 0)
          for (const batch of sent)
            this.outcomes.settle(this.accumulator.answered(batch, bareAnswer(errorCode.NONE), 0))
        else this.settle(node, sent, answer.right)
        this.answered()
        this.rest.ended()
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

  private settle(node: number, batches: readonly ProducerBatch[], answer: readonly ProducedBatch[]): void {
    const codes = new Map(answer.map((produced) => [partitionKey(produced.topic, produced.partition), produced]))
    for (const batch of batches) {
      const produced = codes.get(partitionKey(batch.topic, batch.partition))
      if (produced === undefined) {
        const fault = produceFault(batch, 'refused', 'the answer lacks it', { permanent: false, maybeWritten: true })
        this.outcomes.settle(this.accumulator.unanswered(batch, fault, true, this.retryAt(batch)))
        continue
      }
      const verdict = this.notices.answered(batch, produced)
      const isMoved = verdict._tag === 'retry' && verdict.moved
      const isKnown = isMoved && this.leaders.moved(produced, node)
      if (isMoved && !isKnown) this.leaders.refresh(batch.topic)
      // If brokers name each other, requests pause between them.
      const retryAt = isKnown && batch.attempts <= 1 ? this.context.clock.now() : this.retryAt(batch)
      this.outcomes.settle(this.accumulator.answered(batch, produced, retryAt))
    }
  }

  private unanswered(batches: readonly ProducerBatch[], fault: Fault, sent: boolean): void {
    for (const batch of batches) {
      if (isFatal(fault)) this.outcomes.settle(this.accumulator.refuse(batch, fault))
      else {
        this.leaders.refresh(batch.topic)
        this.outcomes.settle(this.accumulator.unanswered(batch, fault, sent, this.retryAt(batch)))
      }
    }
  }

  private retryAt({ attempts }: ProducerBatch): number {
    const { clock, random, settings } = this.context
    return clock.now() + retryDelay(attempts, settings, random)
  }
}
