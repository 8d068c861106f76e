import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { errorCode, isFatal } from '../../core/protocol/error-code.js'
import { type TransactionApi, transactionVerdict, type Whose } from '../../core/producing/transaction-verdict.js'
import type { Fault } from '../../model/fault.js'
import type { PartitionCode, ProducerEpoch, TransactionCalls } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { ProducerContext } from '../producing/producer-context.js'

/** What a transaction's producer goes by. */
export interface TransactionContext extends ProducerContext {
  readonly calls: TransactionCalls
  readonly transactionalId: string
  /** After so long the broker aborts a transaction that was not ended. */
  readonly transactionTimeoutMs: number
}

/** Before the first attempt at what waits for the former transaction to be completed, as in Java's client. */
const completionMs = 20

/** A transactional producer's requests, as who it is, and what is wrong since one of them was refused. */
export class TransactionRequests {
  private readonly context: TransactionContext
  /** Who the producer is; ids of -1 for nobody yet. */
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

  /** Asks until there is an answer that trying again does not change. */
  ask(
    api: TransactionApi,
    whose: Omit<Whose, 'transactionalId'>,
    send: (who: ProducerEpoch, calls: TransactionCalls) => Step<number>
  ): Step<void> {
    const { calls, transactionalId } = this.context
    return this.until(
      () => send(this.who, calls),
      (code) => {
        const verdict = transactionVerdict(api, code, { transactionalId, ...whose })
        switch (verdict._tag) {
          case 'done':
            return done
          case 'retry':
            return verdict
          case 'abort':
            return left((this.broken = verdict.fault))
          case 'fatal':
            return left((this.fatal = verdict.fault))
        }
      }
    )
  }

  /** Asks by which rules the cluster has transactions. */
  learnVersion(): Step<void> {
    return this.until(
      () => this.context.calls.transactionVersion(),
      (version) => {
        this.who = { ...this.who, version }
        return done
      }
    )
  }

  private until<A>(send: () => Step<A>, judge: (answer: A) => Either<Fault, void> | Retry): Step<void> {
    const { clock, random, settings } = this.context
    return new Observable((subscriber) => {
      let failures = 0
      const give = (answer: Either<Fault, void>): void => {
        subscriber.next(answer)
        subscriber.complete()
      }
      const again = (firstMs: number): void => {
        const inMs = retryDelay(++failures, { ...settings, retryBackoffMs: firstMs }, random)
        subscriber.add(clock.schedule(inMs, attempt))
      }
      const attempt = (): void => {
        subscriber.add(
          send().subscribe((answer) => {
            if (isLeft(answer)) {
              if (isFatal(answer.left)) give(left((this.fatal = answer.left)))
              else again(settings.retryBackoffMs)
              return
            }
            const judged = judge(answer.right)
            if (judged._tag !== 'retry') give(judged)
            else again(judged.soon ? Math.min(completionMs, settings.retryBackoffMs) : settings.retryBackoffMs)
          })
        )
      }
      attempt()
    })
  }
}

interface Retry {
  readonly _tag: 'retry'
  readonly soon: boolean
}

export const done: Either<Fault, void> = right(undefined)

/** The first code that says that something is wrong. */
export const worst = (answer: Either<Fault, readonly PartitionCode[]>): Either<Fault, number> =>
  isLeft(answer) ? answer : right(answer.right.find((one) => one.code !== errorCode.NONE)?.code ?? errorCode.NONE)
