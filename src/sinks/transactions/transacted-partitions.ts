import type { AckOrigin } from '../../model/acknowledgement.js'
import type { GroupMember } from '../../model/group-member.js'
import type { TransactionOffset } from '../../ports/transaction-session.js'
import type { TransactedPartition } from './transacted-partition.js'

/** The partitions whose records go into the transactions, and how many records are in the open one. */
export class TransactedPartitions {
  private readonly all = new Set<TransactedPartition>()
  private count = 0

  get isEmpty(): boolean {
    return this.all.size === 0
  }

  /** Whether records wait for admission. */
  get areWaiting(): boolean {
    return [...this.all].some(({ isEmpty }) => !isEmpty)
  }

  /** Records in the open transaction. */
  get admitted(): number {
    return this.count
  }

  /** The partitions that have records in the open transaction. */
  get participants(): readonly TransactedPartition[] {
    return [...this.all].filter(({ isInTransaction }) => isInTransaction)
  }

  /** An assignment that has records in the open transaction, or that wait for one. */
  get origin(): AckOrigin | null {
    for (const { origin } of this.all) if (origin !== null) return origin
    return null
  }

  add(partition: TransactedPartition): void {
    this.all.add(partition)
    partition.start()
  }

  /** Admits up to `limit` records, one from each partition in turn, while `isOpen` holds. */
  admit(limit: number, isOpen: () => boolean): void {
    let any = true
    while (any && isOpen() && this.count < limit) {
      any = false
      for (const partition of this.all) {
        if (!isOpen() || this.count >= limit) break
        if (!partition.admit()) continue
        any = true
        this.count++
      }
    }
  }

  flush(): void {
    for (const partition of this.all) partition.flush()
  }

  /** The offsets to commit for these partitions, and the member that commits them. */
  commitOf(participants: readonly TransactedPartition[]): {
    readonly offsets: readonly TransactionOffset[]
    readonly member: GroupMember | null
  } {
    const offsets = participants.flatMap(({ offset }) => (offset === null ? [] : [offset]))
    const member = participants.map((one) => one.member).find((one) => one !== null) ?? null
    return { offsets, member }
  }

  /** The transaction was committed or aborted. Returns how many records it had. */
  takeAdmitted(): number {
    const { count } = this
    this.count = 0
    return count
  }

  rollBack(): void {
    for (const partition of this.all) partition.rollBack()
  }

  /** The partition has ended. If it has records in the open transaction, it stays until that has ended. */
  left(partition: TransactedPartition): void {
    if (!partition.isInTransaction) this.all.delete(partition)
  }

  forgetGone(): void {
    for (const partition of this.all) if (partition.isOver && !partition.isInTransaction) this.all.delete(partition)
  }

  stop(): void {
    for (const partition of this.all) partition.stop()
    this.all.clear()
  }
}
