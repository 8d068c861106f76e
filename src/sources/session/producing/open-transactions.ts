import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { concatMap, map, Observable, of, Subscription } from 'rxjs'
import { backoffDelay } from '../../../core/backoff-delay.js'
import { errorCode as code, isFatal } from '../../../core/error-code.js'
import type { ProducerIdentity, Receipts } from '../../../core/producing/producer-batch.js'
import { type TransactionApi, transactionVerdict, type Whose } from '../../../core/producing/transaction-verdict.js'
import type { Fault } from '../../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../../model/topic-partition.js'
import type { GroupMember, PartitionCode, ProducerEpoch, TransactionCalls } from '../../../ports/kafka-calls.js'
import type { OutgoingRecord } from '../../../ports/producer-session.js'
import type { Step } from '../../../ports/step.js'
import type { TransactionOffset, TransactionSession } from '../../../ports/transaction-session.js'
import { openTransactionalProducer, type TransactionalProducer } from './open-producer.js'
import type { ProducerContext } from './producer-context.js'

/** What a transaction's producer goes by. */
export interface TransactionContext extends ProducerContext {
  readonly calls: TransactionCalls
  readonly transactionalId: string
  /** After so long the broker aborts a transaction that was not ended. */
  readonly transactionTimeoutMs: number
}

/** Starts a transactional producer over a cluster's calls. Nothing is asked before the first `begin`. */
export const openTransactions = (context: TransactionContext): TransactionSession => new CallsTransactions(context)

class CallsTransactions implements TransactionSession {
  private readonly context: TransactionContext
  private readonly producer: TransactionalProducer
  private identity: ProducerIdentity | null = null
  private isOpen = false
  /** Why the transaction can only be aborted. */
  private broken: Fault | null = null
  /** Why no transaction can succeed any more. */
  private fatal: Fault | null = null
  /** The partitions that belong to the transaction, and those that are to be added to it. */
  private readonly added = new Set<string>()
  private readonly wanted = new Map<string, TopicPartition>()
  private readonly groups = new Set<string>()
  private adding: Subscription | null = null

  constructor(context: TransactionContext) {
    this.context = context
    this.producer = openTransactionalProducer(context, {
      transactionalId: context.transactionalId,
      admits: (topic, partition) => this.admits(topic, partition)
    })
  }

  begin(): Step<void> {
    if (this.isOpen) return of(left(usage('a transaction is open already')))
    return this.identity === null ? this.initialise().pipe(map((answer) => this.opened(answer))) : of(this.opened(done))
  }

  send(record: OutgoingRecord, receipts: Receipts, index: number): void {
    const fault = this.isOpen ? this.trouble : usage('no transaction is open')
    if (fault !== null) {
      this.context.clock.turn(() => receipts.failed(index, fault))
      return
    }
    this.producer.send(
      record,
      {
        written: (at, topic, partition, offset) => receipts.written(at, topic, partition, offset),
        failed: (at, failure) => {
          this.broken ??= failure
          receipts.failed(at, failure)
        }
      },
      index
    )
  }

  sendOffsets(member: GroupMember, offsets: readonly TransactionOffset[]): Step<void> {
    if (!this.isOpen) return of(left(usage('no transaction is open')))
    if (this.trouble !== null) return of(left(this.trouble))
    const { calls } = this.context
    const { groupId } = member
    const whose = { groupId }
    const add: Step<void> = this.groups.has(groupId)
      ? of(done)
      : this.ask('AddOffsetsToTxn', whose, (who) => calls.addOffsetsToTxn({ ...who, groupId }))
    return add.pipe(
      concatMap((answer) => {
        if (isLeft(answer)) return of(answer)
        this.groups.add(groupId)
        return this.ask('TxnOffsetCommit', whose, (who) =>
          calls.txnOffsetCommit({ ...who, ...member, offsets }).pipe(map(worst))
        )
      })
    )
  }

  commit(): Step<void> {
    if (!this.isOpen) return of(left(usage('no transaction is open')))
    return this.producer.flush().pipe(
      concatMap(() => {
        if (this.trouble !== null) return of(left(this.trouble))
        return this.end(true)
      })
    )
  }

  abort(): Step<void> {
    if (!this.isOpen) return of(left(usage('no transaction is open')))
    this.adding?.unsubscribe()
    this.adding = null
    this.producer.abandon(usage('the transaction was aborted'))
    if (this.fatal !== null) return of(left(this.fatal))
    this.broken = null
    return this.end(false).pipe(
      // A new epoch: what is still under way is refused, and sequence numbers begin at 0.
      concatMap((answer) => (isLeft(answer) ? of(answer) : this.initialise()))
    )
  }

  close(): void {
    this.adding?.unsubscribe()
    this.producer.close()
  }

  private get trouble(): Fault | null {
    return this.fatal ?? this.broken
  }

  private opened(answer: Either<Fault, void>): Either<Fault, void> {
    this.isOpen = !isLeft(answer)
    return answer
  }

  private end(commit: boolean): Step<void> {
    const ended = (answer: Either<Fault, void>): Either<Fault, void> => {
      if (isLeft(answer)) return answer
      this.isOpen = false
      this.broken = null
      this.added.clear()
      this.wanted.clear()
      this.groups.clear()
      return answer
    }
    // What the coordinator never heard of it does not end.
    if (this.added.size === 0 && this.wanted.size === 0 && this.groups.size === 0) return of(ended(done))
    return this.ask('EndTxn', {}, (who) => this.context.calls.endTxn({ ...who, commit })).pipe(map(ended))
  }

  private initialise(): Step<void> {
    const { calls, transactionalId, transactionTimeoutMs } = this.context
    return this.ask('InitProducerId', {}, () => {
      const { producerId, epoch } = this.identity ?? { producerId: -1n, epoch: -1 }
      return calls.initProducerId({ transactionalId, transactionTimeoutMs, producerId, epoch }).pipe(
        map((answer) => {
          if (isLeft(answer)) return answer
          if (answer.right.code === code.NONE) {
            this.identity = { producerId: answer.right.producerId, epoch: answer.right.epoch }
            this.producer.identify(this.identity)
          }
          return right(answer.right.code)
        })
      )
    })
  }

  /** Whether a partition belongs to the transaction; if not it is added, and then the producer goes on. */
  private admits(topic: string, partition: number): boolean {
    const key = partitionKey(topic, partition)
    if (this.added.has(key)) return true
    this.wanted.set(key, { topic, partition })
    if (this.adding === null && this.trouble === null) this.addWanted()
    return false
  }

  private addWanted(): void {
    const partitions = [...this.wanted.values()]
    const topic = partitions[0]?.topic ?? ''
    const adding = new Subscription()
    this.adding = adding
    adding.add(
      this.ask('AddPartitionsToTxn', { topic }, (who) =>
        this.context.calls.addPartitionsToTxn({ ...who, partitions }).pipe(map(worst))
      ).subscribe((answer) => {
        this.adding = null
        if (isLeft(answer)) {
          this.producer.abandon(answer.left)
          return
        }
        for (const added of partitions) {
          const key = partitionKey(added.topic, added.partition)
          this.added.add(key)
          this.wanted.delete(key)
        }
        this.producer.go()
      })
    )
  }

  /** Asks until there is an answer that trying again does not change. */
  private ask(
    api: TransactionApi,
    whose: Omit<Whose, 'transactionalId'>,
    send: (who: ProducerEpoch) => Step<number>
  ): Step<void> {
    // prettier-ignore
    const { clock, random, settings, transactionalId } = this.context
    return new Observable((subscriber) => {
      let failures = 0
      const give = (answer: Either<Fault, void>): void => {
        subscriber.next(answer)
        subscriber.complete()
      }
      const again = (): void => {
        const inMs = backoffDelay(++failures, settings.retryBackoffMs, settings.retryBackoffMaxMs, random)
        subscriber.add(clock.schedule(inMs, attempt))
      }
      const attempt = (): void => {
        const { producerId, epoch } = this.identity ?? { producerId: -1n, epoch: -1 }
        subscriber.add(
          send({ transactionalId, producerId, epoch }).subscribe((answer) => {
            if (isLeft(answer)) {
              if (isFatal(answer.left)) give(left((this.fatal = answer.left)))
              else again()
              return
            }
            const verdict = transactionVerdict(api, answer.right, { transactionalId, ...whose })
            switch (verdict._tag) {
              case 'done':
                give(done)
                return
              case 'retry':
                again()
                return
              case 'abort':
                give(left((this.broken = verdict.fault)))
                return
              case 'fatal':
                give(left((this.fatal = verdict.fault)))
            }
          })
        )
      }
      attempt()
    })
  }
}

const done: Either<Fault, void> = right(undefined)

const usage = (reason: string): Fault => ({ _tag: 'UsageFault', reason })

/** The first code that says that something is wrong. */
const worst = (answer: Either<Fault, readonly PartitionCode[]>): Either<Fault, number> =>
  isLeft(answer) ? answer : right(answer.right.find((one) => one.code !== code.NONE)?.code ?? code.NONE)
