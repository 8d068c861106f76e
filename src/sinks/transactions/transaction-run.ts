import { isLeft } from 'fp-ts/lib/Either.js'
import { type ObservableInput, type Subscriber } from 'rxjs'
import type { TakenRecord } from '../../core/producing/outgoing-record.js'
import { backoffDelay } from '../../core/scheduling/backoff-delay.js'
import { acknowledgeTogether } from '../../model/acknowledge-together.js'
import type { Carried } from '../../model/carried.js'
import type { Cancel } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { Cluster } from '../../ports/cluster.js'
import type { TransactionSession } from '../../ports/transaction-session.js'
import { TransactedPartition } from './transacted-partition.js'
import { TransactedPartitions } from './transacted-partitions.js'
import { autoCommitting, notAMember, outsideOfTransaction } from './transaction-faults.js'
import { TransactionNotices } from './transaction-notices.js'
import { TransactionSteps } from './transaction-steps.js'
import { TransactionWrites } from './transaction-writes.js'

/** A committed transaction. */
export interface TransactionCommitted {
  /** the offsets that were committed with it, one per partition */
  readonly offsets: readonly Committed[]
  /** how many records these offsets cover */
  readonly records: number
}

/** When a transaction is committed. */
export interface TransactionLimits {
  readonly records: number
  readonly withinMs: number
}

type State =
  /** none is open */
  | 'idle'
  | 'beginning'
  /** records are being admitted */
  | 'open'
  /** no more records are admitted; the admitted ones are being finished */
  | 'closing'
  | 'committing'
  | 'aborting'
  /** the last transaction was aborted, and the next one waits */
  | 'backing off'
  | 'over'

const retryMs = { initial: 100, max: 10_000 }
/** How often to check whether records of the transaction have become stale: no event reports that. */
const lookAgainMs = 100

/**
 * Runs one transaction after the other: admits records of all partitions, lets pipelines finish them, and commits them with
 * their offsets.
 */
export class TransactionRun {
  private readonly cluster: Cluster
  private readonly limits: TransactionLimits
  private readonly destination: Subscriber<TransactionCommitted>
  private readonly steps: TransactionSteps
  private readonly partitions = new TransactedPartitions()
  private state: State = 'idle'
  private isDue = false
  private isAdmitting = false
  private sourceCompleted = false
  private failures = 0
  private timer: Cancel | null = null
  /** of the open transaction */
  private writes: TransactionWrites | null = null

  constructor(
    cluster: Cluster,
    session: TransactionSession,
    limits: TransactionLimits,
    destination: Subscriber<TransactionCommitted>
  ) {
    this.cluster = cluster
    const notices = new TransactionNotices(cluster.clock, () => this.partitions.origin)
    this.steps = new TransactionSteps(cluster.clock, session, notices)
    this.limits = limits
    this.destination = destination
  }

  /** A partition takes part from now on. */
  join(stream: PartitionStream, project: (partition: PartitionStream) => ObservableInput<Carried<unknown>>): void {
    const partition = new TransactedPartition(stream, project, {
      arrived: () => {
        this.pump()
      },
      settled: () => {
        if (this.state === 'closing') this.checkSettled()
      },
      due: () => {
        this.isDue = true
        this.pump()
      },
      left: (gone) => {
        this.left(gone)
      },
      failed: (error) => {
        this.abort({ error })
      }
    })
    if (partition.autoCommits) {
      this.abort({ error: new ConsumerError(autoCommitting) })
      return
    }
    this.partitions.add(partition)
  }

  completed(): void {
    this.sourceCompleted = true
    this.finishIfDone()
  }

  /** Writes within the open transaction. */
  send(records: readonly TakenRecord[], carried: Carried<unknown>): void {
    if (this.writes === null) throw new ConsumerError(outsideOfTransaction)
    this.writes.send(records, carried)
  }

  stop(): void {
    if (this.state === 'over') return
    const before = this.state
    this.state = 'over'
    this.disarm()
    this.writes = null
    this.partitions.stop()
    const isOpen = before === 'open' || before === 'closing'
    this.steps.end(isOpen ? 'open' : before === 'idle' || before === 'backing off' ? 'none' : 'a step is under way')
  }

  // A method, since the state changes within calls, which the compiler does not know.
  private isIn(...states: readonly State[]): boolean {
    return states.includes(this.state)
  }

  private pump(): void {
    if (this.isAdmitting) return
    if (this.state === 'idle') {
      if (this.partitions.areWaiting) this.begin()
      else this.isDue = false
    } else if (this.state === 'open') this.admit()
  }

  private begin(): void {
    this.state = 'beginning'
    this.steps.begin((answer) => {
      if (isLeft(answer)) {
        this.end(new ConsumerError(answer.left))
        return
      }
      this.state = 'open'
      const writes = this.steps.writes((fault) => {
        if (this.writes === writes && this.isIn('open', 'closing')) this.abort({ fault })
      })
      this.writes = writes
      this.pump()
    })
  }

  private admit(): void {
    this.isAdmitting = true
    this.partitions.admit(this.limits.records, () => this.isIn('open'))
    this.isAdmitting = false
    if (!this.isIn('open')) return
    const { admitted } = this.partitions
    if (admitted >= this.limits.records || (this.isDue && admitted > 0)) this.close()
    else if (admitted > 0 && this.timer === null && this.limits.withinMs !== Infinity)
      this.arm(this.limits.withinMs, () => {
        this.close()
      })
  }

  private close(): void {
    this.disarm()
    this.state = 'closing'
    this.isDue = false
    this.partitions.flush()
    if (this.isIn('closing')) this.checkSettled()
  }

  private checkSettled(): void {
    const { participants } = this.partitions
    if (participants.some(({ isDoomed }) => isDoomed)) this.abort({})
    else if (participants.every(({ isSettled }) => isSettled)) this.commit(participants)
    else if (this.timer === null)
      this.arm(lookAgainMs, () => {
        this.checkSettled()
      })
  }

  private commit(participants: readonly TransactedPartition[]): void {
    this.disarm()
    this.state = 'committing'
    const { offsets, member } = this.partitions.commitOf(participants)
    if (offsets.length > 0 && member === null) {
      this.abort({ fault: notAMember(participants[0]?.origin?.groupId ?? null) })
      return
    }
    this.steps.commit(offsets, member, (answer) => {
      if (isLeft(answer)) {
        this.abort({ fault: answer.left })
        return
      }
      const records = this.partitions.takeAdmitted()
      this.writes = null
      this.failures = 0
      this.steps.notices.goesOn()
      this.state = 'idle'
      // Acknowledging them brings the next records: none is admitted before all of them are acknowledged.
      this.isAdmitting = true
      acknowledgeTogether(() => {
        for (const partition of participants) partition.committed()
      })
      this.isAdmitting = false
      this.partitions.forgetGone()
      const committed = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      if (records > 0) this.destination.next({ offsets: committed, records })
      this.pump()
      this.finishIfDone()
    })
  }

  /** Aborts the transaction: because of a fault, a user's error, or a stale record. */
  private abort({ fault, error }: { readonly fault?: Fault; readonly error?: unknown }): void {
    if (this.isIn('over', 'aborting')) return
    const isOpen = this.isIn('open', 'closing', 'committing')
    if (error !== undefined && !isOpen) {
      this.end(error)
      return
    }
    this.disarm()
    this.writes = null
    this.state = 'aborting'
    this.isAdmitting = true
    this.partitions.rollBack()
    this.isAdmitting = false
    this.partitions.takeAdmitted()
    this.partitions.forgetGone()
    this.steps.abort((answer) => {
      if (error !== undefined) this.end(error)
      else if (fault !== undefined && faultClass(fault) !== 'retriable') this.end(new ConsumerError(fault))
      else if (isLeft(answer)) this.end(new ConsumerError(answer.left))
      else {
        const inMs =
          fault === undefined ? 0 : backoffDelay(++this.failures, retryMs.initial, retryMs.max, this.cluster.random)
        if (fault !== undefined) this.steps.notices.aborted(fault, inMs)
        this.state = 'backing off'
        this.arm(inMs, () => {
          this.state = 'idle'
          this.pump()
          this.finishIfDone()
        })
      }
    })
  }

  private left(partition: TransactedPartition): void {
    this.partitions.left(partition)
    if (partition.isInTransaction && this.isIn('open', 'closing') && partition.isDoomed) this.abort({})
    this.finishIfDone()
  }

  private end(error: unknown): void {
    this.state = 'idle'
    this.destination.error(error)
  }

  private finishIfDone(): void {
    if (this.partitions.isEmpty) this.steps.notices.goesOn()
    if (this.sourceCompleted && this.partitions.isEmpty && this.isIn('idle', 'open')) this.destination.complete()
  }

  private arm(inMs: number, run: () => void): void {
    this.timer = this.cluster.clock.schedule(inMs, () => {
      this.timer = null
      run()
    })
  }

  private disarm(): void {
    this.timer?.()
    this.timer = null
  }
}
