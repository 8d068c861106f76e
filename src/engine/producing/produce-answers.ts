import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Accumulator } from '../../core/producing/accumulator.js'
import { bareAnswer } from '../../core/producing/batch-answer.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import { errorCode, isFatal } from '../../core/protocol/error-code.js'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { ProducedBatch, Unanswered } from '../../ports/kafka-calls.js'
import type { ProducerContext } from './producer-context.js'
import type { ProducerNotices } from './producer-notices.js'
import type { RecordOutcomes } from './record-outcomes.js'
import type { TopicLeaders } from './topic-leaders.js'

/**
 * Applies an answer to Produce to each of its batches. The accumulator decides what follows: the outcome, another attempt, or
 * another leader.
 */
export class ProduceAnswers {
  private readonly context: ProducerContext
  private readonly accumulator: Accumulator
  private readonly leaders: TopicLeaders
  private readonly notices: ProducerNotices
  private readonly outcomes: RecordOutcomes

  constructor(
    context: ProducerContext,
    accumulator: Accumulator,
    leaders: TopicLeaders,
    notices: ProducerNotices,
    outcomes: RecordOutcomes
  ) {
    this.context = context
    this.accumulator = accumulator
    this.leaders = leaders
    this.notices = notices
    this.outcomes = outcomes
  }

  /** The node has answered a request with these batches, or the request has failed. */
  take(node: number, batches: readonly ProducerBatch[], answer: Either<Unanswered, readonly ProducedBatch[]>): void {
    if (isLeft(answer)) {
      const { fault, sent } = answer.left
      this.notices.unreached(node, fault)
      for (const batch of batches) this.unanswered(batch, fault, sent)
      return
    }
    this.notices.reached(node)
    if (this.context.settings.acks === 0)
      for (const batch of batches) this.outcomes.settle(this.accumulator.answered(batch, bareAnswer(errorCode.NONE), 0))
    else this.answered(node, batches, answer.right)
  }

  private answered(node: number, batches: readonly ProducerBatch[], answer: readonly ProducedBatch[]): void {
    const codes = new Map(answer.map((produced) => [partitionKey(produced.topic, produced.partition), produced]))
    for (const batch of batches) {
      const produced = codes.get(partitionKey(batch.topic, batch.partition))
      if (produced === undefined) {
        const fault = produceFault(batch, 'refused', 'the answer does not name it', {
          permanent: false,
          maybeWritten: true
        })
        this.outcomes.settle(this.accumulator.unanswered(batch, fault, true, this.retryAt(batch)))
        continue
      }
      const verdict = this.notices.answered(batch, produced)
      const isMoved = verdict._tag === 'retry' && verdict.moved
      const isKnown = isMoved && this.leaders.moved(produced, node)
      if (isMoved && !isKnown) this.leaders.refresh(batch.topic)
      // Without a pause, two brokers that name each other as leader would get requests in a loop.
      const retryAt = isKnown && batch.attempts <= 1 ? this.context.clock.now() : this.retryAt(batch)
      this.outcomes.settle(this.accumulator.answered(batch, produced, retryAt))
    }
  }

  private unanswered(batch: ProducerBatch, fault: Fault, sent: boolean): void {
    if (isFatal(fault)) this.outcomes.settle(this.accumulator.refuse(batch, fault))
    else {
      this.leaders.refresh(batch.topic)
      this.outcomes.settle(this.accumulator.unanswered(batch, fault, sent, this.retryAt(batch)))
    }
  }

  private retryAt({ attempts }: ProducerBatch): number {
    const { clock, random, settings } = this.context
    return clock.now() + retryDelay(attempts, settings, random)
  }
}
