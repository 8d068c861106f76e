import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { concatMap, defer, finalize, map, of, tap } from 'rxjs'
import { problemsWithOffsets } from '../../config/check-places.js'
import { errorCode } from '../../core/protocol/error-code.js'
import { hasNoTransaction } from '../../core/producing/transaction-verdict.js'
import type { DeliveryCallbacks } from '../../core/producing/delivery-callbacks.js'
import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import { settleTraced } from '../../internal/settle-traced.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { GroupMember } from '../../ports/kafka-calls.js'
import type { OutgoingRecord } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'
import type { TransactionOffset, TransactionSession } from '../../ports/transaction-session.js'
import { InFlightCounter } from '../in-flight-counter.js'
import { openTransactionalProducer } from '../producing/open-producer.js'
import type { TransactionalProducerSession } from '../producing/transactional-producer.js'
import { commitInParts } from './commit-in-parts.js'
import { requestDone, type TransactionContext, TransactionRequests } from './transaction-requests.js'
import { openScope, type TransactionScope } from './transaction-scope.js'

/** Starts a transactional producer over a cluster's calls. It sends no request before the first `begin`. */
export const openTransactions = (context: TransactionContext): TransactionSession => new CallsTransactions(context)

class CallsTransactions implements TransactionSession {
  private readonly context: TransactionContext
  private readonly requests: TransactionRequests
  private readonly producer: TransactionalProducerSession
  /** The scope of the open transaction; null if none is open. */
  private scope: TransactionScope | null = null
  /** The step that is beginning or ending a transaction. */
  private turning: object | null = null
  /** Whether the coordinator has assigned an epoch for the next transaction. */
  private identified = false
  /** A commit was requested, and may have succeeded without an answer. */
  private maybeCommitted = false
  private readonly offsetsInFlight = new InFlightCounter()

  constructor(context: TransactionContext) {
    this.context = context
    const requests = new TransactionRequests(context)
    this.requests = requests
    this.producer = openTransactionalProducer(context, {
      get transaction() {
        return requests.who
      },
      admits: (topic, partition) => this.scope?.admits(topic, partition) ?? false
    })
  }

  begin(): Step<void> {
    return this.turn(() => {
      // If the producer is fenced, its last transaction stays open; the fencing is the more useful fault.
      if (this.requests.fatal !== null) return of(left(this.requests.fatal))
      if (this.scope !== null) return of(left(usage('a transaction is open already')))
      return (this.identified ? of(requestDone) : this.initialise()).pipe(
        tap((answer) => {
          if (!isLeft(answer)) this.open()
        })
      )
    })
  }

  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void {
    const fault = this.objection()
    if (fault !== null) {
      this.context.clock.turn(() => callbacks.failed(index, ofTheOthers(fault)))
      return
    }
    const { scope } = this
    this.producer.send(
      record,
      {
        carried: callbacks.carried,
        written: (at, topic, partition, offset) => callbacks.written(at, topic, partition, offset),
        failed: (at, failure) => {
          // A late failure does not concern the next transaction.
          if (this.scope === scope && this.requests.broken === null) {
            this.requests.broken = failure
            this.giveUp(scope)
          }
          callbacks.failed(at, failure)
        }
      },
      index
    )
  }

  sendOffsets(member: GroupMember, offsets: readonly TransactionOffset[]): Step<void> {
    return defer(() => {
      const fault = this.objection()
      if (this.scope === null || fault !== null) return of(left(fault ?? noneOpen))
      const problems = problemsWithOffsets('sendOffsets: offsets', offsets)
      if (problems.length > 0) return of(left<Fault>({ _tag: 'ConfigFault', problems }))
      const { groupId, groupInstanceId } = member
      const { scope } = this
      this.offsetsInFlight.begun()
      const written = this.producer
        .flush()
        .pipe(map(() => (this.requests.trouble === null ? requestDone : left(this.requests.trouble))))
      const committed = this.requests.ask(
        'TxnOffsetCommit',
        { groupId, groupInstanceId },
        (who, calls) => commitInParts(calls, { ...who, ...member }, offsets),
        () => !scope.isClosed
      )
      return scope.commitOffsets(groupId, written, committed).pipe(
        tap((answer) => {
          if (isLeft(answer)) this.giveUp(scope)
        }),
        finalize(() => this.offsetsInFlight.ended())
      )
    })
  }

  commit(): Step<void> {
    return this.turn(() => {
      const { scope } = this
      if (scope === null) return of(left(noneOpen))
      return this.producer.flush().pipe(
        concatMap(() => {
          const { trouble } = this.requests
          if (trouble !== null) return of(left(trouble))
          const ended = this.end(scope, true)
          const about = { groupId: null, transactionalId: this.context.transactionalId, offsets: [] }
          return settleTraced(about, ended)
        })
      )
    })
  }

  abort(): Step<void> {
    return this.turn(() => {
      const { scope, requests } = this
      if (scope === null) return of(left(noneOpen))
      const untouched = scope.isEmpty && requests.broken === null
      scope.close()
      this.producer.abandon(usage('the transaction was aborted'))
      if (requests.fatal !== null) return of(left(requests.fatal))
      requests.broken = null
      const { who } = requests
      return this.idle(scope).pipe(
        concatMap(() => this.end(scope, false)),
        tap((answer) => {
          // The next transaction begins with a new epoch: requests in flight are then refused, and sequence numbers begin at 0.
          if (!isLeft(answer) && !untouched && requests.who === who) this.identified = false
        })
      )
    })
  }

  close(): void {
    this.scope?.close()
    this.producer.close()
    this.offsetsInFlight.close()
  }

  /** Fails waiting records: they are not written, and the transaction can only be aborted. */
  private giveUp(scope: TransactionScope | null): void {
    // On a later turn: this may run within a report of the session.
    this.context.clock.turn(() => {
      const { trouble } = this.requests
      if (this.scope === scope && trouble !== null) this.producer.abandon(ofTheOthers(trouble))
    })
  }

  /** Why nothing can be added to a transaction now. */
  private objection(): Fault | null {
    if (this.scope === null) return noneOpen
    return this.turning === null ? this.requests.trouble : busy
  }

  /** Runs a step that begins or ends a transaction: one at a time. */
  private turn(step: () => Step<void>): Step<void> {
    return defer(() => {
      if (this.turning !== null) return of(left(busy))
      const mine = {}
      this.turning = mine
      const over = (): void => {
        if (this.turning === mine) this.turning = null
      }
      // Cleared before the answer, since the next step may begin within it; and also without a subscriber.
      return step().pipe(tap(over), finalize(over))
    })
  }

  private open(): void {
    this.requests.broken = null
    this.maybeCommitted = false
    this.scope = openScope(this.requests, {
      go: () => this.producer.go(),
      refused: (fault) => this.producer.abandon(fault)
    })
  }

  /**
   * Waits for requests in flight, if a broker accepts a record after the end of its transaction: behind the marker of an abort,
   * it would open the partition's transaction again and be committed with the next one. Java's client waits too
   * (`TransactionManager.nextRequest`).
   */
  private idle(scope: TransactionScope): Step<void> {
    if (!scope.takesLateWrites) return of(requestDone)
    return this.offsetsInFlight.idle.pipe(concatMap(() => this.producer.whenIdle()))
  }

  private end(scope: TransactionScope, commit: boolean): Step<void> {
    if (commit) this.maybeCommitted = true
    // The coordinator cannot end a transaction that it does not know.
    const ending = scope.isEmpty
      ? of(requestDone)
      : this.requests.ask('EndTxn', {}, (who, calls) =>
          calls.endTxn({ ...who, commit }).pipe(
            map((answer) => {
              if (isLeft(answer)) return answer
              const { code, identity } = answer.right
              if (identity !== null) this.identify(identity)
              return right(!commit && hasNoTransaction(code, this.maybeCommitted) ? errorCode.NONE : code)
            })
          )
        )
    return ending.pipe(
      tap((answer) => {
        if (!isLeft(answer)) this.scope = null
      })
    )
  }

  private initialise(): Step<void> {
    const { requests } = this
    const { transactionalId, transactionTimeoutMs } = this.context
    this.identified = false
    requests.broken = null
    return requests.learnVersion().pipe(
      concatMap((learned) =>
        isLeft(learned)
          ? of(learned)
          : requests.ask('InitProducerId', {}, ({ producerId, epoch }, calls) =>
              calls.initProducerId({ transactionalId, transactionTimeoutMs, producerId, epoch }).pipe(
                map((answer) => {
                  if (isLeft(answer)) return answer
                  if (answer.right.code === errorCode.NONE) this.identify(answer.right)
                  return right(answer.right.code)
                })
              )
            )
      )
    )
  }

  private identify({ producerId, epoch }: ProducerIdentity): void {
    this.identified = true
    this.requests.who = { ...this.requests.who, producerId, epoch }
    this.producer.identify({ producerId, epoch })
  }
}

/** The fault of valid records of a transaction in which another record was refused. */
const ofTheOthers = (trouble: Fault): Fault =>
  trouble._tag === 'ProduceFault' ? usage(`the transaction can only be aborted: ${describeFault(trouble)}`) : trouble

const usage = (reason: string): Fault => ({ _tag: 'UsageFault', reason })

const noneOpen = usage('no transaction is open')
const busy = usage('a transaction is being begun or ended')
