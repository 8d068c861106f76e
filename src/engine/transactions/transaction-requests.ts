import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { Observable, Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { isFatal } from '../../core/protocol/error-code.js'
import {
  type DecidingCode,
  decidingCode,
  type TransactionApi,
  transactionVerdict,
  type TransactionSubject
} from '../../core/producing/transaction-verdict.js'
import type { Fault } from '../../model/fault.js'
import type { PartitionCode, ProducerEpoch, TransactionCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { ProducerContext } from '../producing/producer-context.js'

/** The context of a transaction's producer. */
export interface TransactionContext extends ProducerContext {
  readonly calls: TransactionCalls
  readonly transactionalId: string
  /** The broker aborts a transaction that has not ended after this long. */
  readonly transactionTimeoutMs: number
}

/**
 * The first retry delay of a request that waits until the former transaction is completed: its markers are written within
 * milliseconds. Java's client waits 20 ms.
 */
const completionMs = 2

/** The requests of a transactional producer, its identity, and its fault since one of them was refused. */
export class TransactionRequests {
  private readonly context: TransactionContext
  /** The producer's identity; -1 for both fields before it has one. */
  who: ProducerEpoch
  /** Why the transaction can only be aborted. */
  broken: Fault | null = null
  /** Why no transaction can succeed any more. */
  fatal: Fault | null = null

  constructor(context: TransactionContext) {
    this.context = context
    this.who = { transactionalId: context.transactionalId, version: 1, producerId: -1n, epoch: -1 }
  }

  get trouble(): Fault | null {
    return this.fatal ?? this.broken
  }

  /** Repeats the request until its answer is final, or is not needed any more. */
  ask(
    api: TransactionApi,
    subject: Omit<TransactionSubject, 'transactionalId'>,
    send: (who: ProducerEpoch, calls: TransactionCalls) => Step<number | DecidingCode>,
    isNeeded = (): boolean => true
  ): Step<void> {
    const { calls, transactionalId } = this.context
    return this.until(
      () => send(this.who, calls),
      (answer) => {
        const { code, ...about } = typeof answer === 'number' ? { code: answer } : answer
        const verdict = transactionVerdict(api, code, { transactionalId, ...subject, ...about })
        switch (verdict._tag) {
          case 'done':
            return requestDone
          case 'retry':
            return verdict
          case 'abort':
            return left((this.broken = verdict.fault))
          case 'fatal':
            return left((this.fatal = verdict.fault))
        }
      },
      isNeeded
    )
  }

  /** Finds out which version of transactions the cluster uses. */
  learnVersion(): Step<void> {
    return this.until(
      () => this.context.calls.transactionVersion(),
      (version) => {
        this.who = { ...this.who, version }
        return requestDone
      }
    )
  }

  private until<A>(
    send: () => Step<A>,
    judge: (answer: A) => Either<Fault, void> | Retry,
    isNeeded = (): boolean => true
  ): Step<void> {
    const { clock, random, settings } = this.context
    return new Observable((subscriber) => {
      let failures = 0
      const begunAt = clock.now()
      // Each attempt and each wait replaces the one before, since an outage may last for days.
      let current = new Subscription()
      const give = (answer: Either<Fault, void>): void => {
        subscriber.next(answer)
        subscriber.complete()
      }
      const again = (firstMs: number): void => {
        const inMs = retryDelay(++failures, { ...settings, retryBackoffMs: firstMs }, random)
        current = new Subscription(clock.schedule(inMs, attempt))
      }
      const attempt = (): void => {
        if (!isNeeded()) return give(left(aborted))
        const trial = new Subscription()
        // Set before the attempt begins: it may be answered at once, and the following wait replaces it.
        current = trial
        trial.add(
          send().subscribe((answer) => {
            if (isLeft(answer)) {
              if (isFatal(answer.left)) give(left((this.fatal = answer.left)))
              else again(settings.retryBackoffMs)
              return
            }
            const judged = judge(answer.right)
            if (judged._tag !== 'retry') give(judged)
            else if (judged.onTimeout !== undefined && clock.now() - begunAt >= settings.maxBlockMs)
              give(left((this.broken = judged.onTimeout)))
            else again(judged.soon ? Math.min(completionMs, settings.retryBackoffMs) : settings.retryBackoffMs)
          })
        )
      }
      subscriber.add(() => {
        current.unsubscribe()
      })
      attempt()
    })
  }
}

interface Retry {
  readonly _tag: 'retry'
  readonly soon: boolean
  /** The fault once the retries have lasted for `max.block.ms`. */
  readonly onTimeout?: Fault
}

const aborted: Fault = { _tag: 'UsageFault', reason: 'the transaction was aborted' }

export const requestDone: Either<Fault, void> = right(undefined)

/** The code that decides among those of all partitions. */
export const worst = (
  api: TransactionApi,
  answer: Either<Fault, readonly PartitionCode[]>
): Either<Fault, DecidingCode> => {
  if (isLeft(answer)) return answer
  const { code, topic } = decidingCode(api, answer.right)
  return right(topic === undefined ? { code } : { code, topic })
}
