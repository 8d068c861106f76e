import { isLeft } from 'fp-ts/lib/Either.js'
import { map, of, Subscription } from 'rxjs'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Step } from '../../ports/step.js'
import { OffsetsBesideWrites } from './offsets-beside-writes.js'
import { requestDone, type TransactionRequests, worst } from './transaction-requests.js'

/** The partitions and groups that belong to the open transaction, or are about to. */
export interface TransactionScope {
  /** Whether the coordinator cannot know the transaction. */
  readonly isEmpty: boolean
  /** Whether a broker accepts records that were sent before the end and arrive after it. */
  readonly takesLateWrites: boolean
  /** Whether the partition may be written to now; if not, `go` is called when it may. */
  admits(topic: string, partition: number): boolean
  /** @param written waits until everything sent so far is written */
  commitOffsets(groupId: string, written: Step<void>, commit: Step<void>): Step<void>
  readonly isClosed: boolean
  /** Nothing more can be added. */
  close(): void
}

/** Receives the progress of a scope. */
export interface ScopeListener {
  go(): void
  refused(fault: Fault): void
}

/** The scope of one transaction, by its version: the only place that distinguishes versions. */
export const openScope = (requests: TransactionRequests, listener: ScopeListener): TransactionScope =>
  requests.who.version === 1 ? new AskedScope(requests, listener) : new JoinedScope(listener)

/** Version 1: each partition and group is added at the coordinator before it is written to. */
class AskedScope implements TransactionScope {
  // Brokers before Kafka 3.6 do; later ones ask the coordinator.
  readonly takesLateWrites = true
  private readonly requests: TransactionRequests
  private readonly listener: ScopeListener
  private readonly order: OffsetsBesideWrites
  private readonly added = new Set<string>()
  private readonly requested = new Map<string, TopicPartition>()
  private readonly groups = new Set<string>()
  private adding: Subscription | null = null
  isClosed = false

  constructor(requests: TransactionRequests, listener: ScopeListener) {
    this.requests = requests
    this.listener = listener
    this.order = new OffsetsBesideWrites(() => {
      listener.go()
    })
  }

  get isEmpty(): boolean {
    return this.added.size === 0 && this.requested.size === 0 && this.groups.size === 0
  }

  admits(topic: string, partition: number): boolean {
    const key = partitionKey(topic, partition)
    if (this.added.has(key)) return this.order.admits()
    if (this.isClosed) return false
    this.requested.set(key, { topic, partition })
    if (this.adding === null && this.requests.trouble === null) this.addWanted()
    return false
  }

  commitOffsets(groupId: string, written: Step<void>, commit: Step<void>): Step<void> {
    return this.order.commitOffsets(this.addGroup(groupId), written, commit)
  }

  private addGroup(groupId: string): Step<void> {
    if (this.groups.has(groupId)) return of(requestDone)
    return this.requests
      .ask(
        'AddOffsetsToTxn',
        { groupId },
        (who, calls) => calls.addOffsetsToTxn({ ...who, groupId }),
        () => !this.isClosed
      )
      .pipe(
        map((answer) => {
          if (!isLeft(answer)) this.groups.add(groupId)
          return answer
        })
      )
  }

  close(): void {
    this.isClosed = true
    this.adding?.unsubscribe()
  }

  private addWanted(): void {
    const partitions = [...this.requested.values()]
    const adding = new Subscription()
    this.adding = adding
    adding.add(
      this.requests
        .ask('AddPartitionsToTxn', {}, (who, calls) =>
          calls.addPartitionsToTxn({ ...who, partitions }).pipe(map((answer) => worst('AddPartitionsToTxn', answer)))
        )
        .subscribe((answer) => {
          this.adding = null
          if (isLeft(answer)) {
            this.listener.refused(answer.left)
            return
          }
          for (const added of partitions) {
            const key = partitionKey(added.topic, added.partition)
            this.added.add(key)
            this.requested.delete(key)
          }
          this.listener.go()
        })
    )
  }
}

/** Version 2: writing adds the partition or group. */
class JoinedScope implements TransactionScope {
  // The end gives a new epoch.
  readonly takesLateWrites = false
  private readonly order: OffsetsBesideWrites
  isClosed = false
  isEmpty = true

  constructor(listener: ScopeListener) {
    this.order = new OffsetsBesideWrites(() => {
      listener.go()
    })
  }

  admits(): boolean {
    if (this.isClosed || !this.order.admits()) return false
    this.isEmpty = false
    return true
  }

  commitOffsets(_groupId: string, written: Step<void>, commit: Step<void>): Step<void> {
    this.isEmpty = false
    return this.order.commitOffsets(of(requestDone), written, commit)
  }

  close(): void {
    this.isClosed = true
  }
}
