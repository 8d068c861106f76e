import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** The result of a requested commit: the committed offset of each of its partitions, or the fault. */
export type CommitAnswer = Either<Fault, readonly Committed[]>

/** An awaited offset, with its number among all offsets of the partition that became due. */
export interface AwaitedOffset extends Committed {
  readonly number: number
}

interface Request {
  /** offsets that are not committed yet, by partition */
  readonly open: Map<string, AwaitedOffset>
  readonly committed: Committed[]
  readonly answered: (answer: CommitAnswer) => void
  answer: CommitAnswer | null
  cancel: Cancel
}

/**
 * Calls that wait for a commit. They are answered in the order of the calls, never within the call itself or within the one
 * that delivers the answer.
 */
export class CommitRequests {
  private readonly clock: Clock
  private readonly requests: Request[] = []
  private answering: Cancel | null = null

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Waits until these offsets, or later ones, are committed; without offsets it answers at once. */
  add(offsets: readonly AwaitedOffset[], withinMs: number, answered: (answer: CommitAnswer) => void): void {
    const request: Request = {
      open: new Map(offsets.map((offset) => [keyOf(offset), offset])),
      committed: [],
      answered,
      answer: offsets.length === 0 ? right([]) : null,
      cancel: () => undefined
    }
    this.requests.push(request)
    request.cancel = this.clock.schedule(withinMs, () => {
      this.settle(request, left({ _tag: 'TimeoutFault', what: 'the commit', afterMs: withinMs }))
    })
    this.answerLater()
  }

  committed(offset: AwaitedOffset): void {
    const key = keyOf(offset)
    for (const request of this.requests) {
      const requested = request.open.get(key)
      if (requested === undefined || requested.number > offset.number) continue
      request.open.delete(key)
      const { topic, partition } = offset
      request.committed.push({ topic, partition, offset: offset.offset })
      if (request.open.size === 0) this.settle(request, right(request.committed))
    }
  }

  /** Offsets of the partition that became due up to this number will not be committed. */
  failed(partition: TopicPartition, faultOf: (requested: Committed) => Fault, upTo = Infinity): void {
    for (const request of this.requests) {
      const requested = request.open.get(keyOf(partition))
      if (requested === undefined || requested.number > upTo) continue
      this.settle(request, left(faultOf(requested)))
    }
  }

  /** Answers all waiting calls with `ClosedFault`. */
  close(): void {
    for (const request of this.requests) this.settle(request, left({ _tag: 'ClosedFault', what: 'the consumer' }))
  }

  private settle(request: Request, answer: CommitAnswer): void {
    if (request.answer !== null) return
    request.answer = answer
    request.open.clear()
    request.cancel()
    this.answerLater()
  }

  private answerLater(): void {
    if (this.answering !== null || this.requests[0]?.answer == null) return
    this.answering = this.clock.turn(() => {
      this.answering = null
      for (let [first] = this.requests; first !== undefined && first.answer !== null; [first] = this.requests) {
        this.requests.shift()
        first.cancel()
        // An exception in a callback is its caller's error: the other callbacks are called nevertheless.
        let isThrough = false
        try {
          first.answered(first.answer)
          isThrough = true
        } finally {
          if (!isThrough) this.answerLater()
        }
      }
    })
  }
}
