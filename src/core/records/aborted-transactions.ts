/** An aborted transaction: its producer and its first offset in the partition. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/**
 * Which producers have an aborted transaction at the batch that is being read. The broker's list is not sorted (seen on Kafka
 * 4.1). A producer is removed at its abort marker, and may return with a later transaction.
 */
export class AbortedTransactions {
  private readonly coming: AbortedTransaction[]
  private readonly active = new Set<bigint>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.coming = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? 1 : -1))
  }

  /** The next batch to read ends at this offset. */
  advanceTo(lastOffset: bigint): void {
    for (;;) {
      const next = this.coming.at(-1)
      if (next === undefined || next.firstOffset > lastOffset) return
      this.active.add(next.producerId)
      this.coming.pop()
    }
  }

  includes(producerId: bigint): boolean {
    return this.active.has(producerId)
  }

  ended(producerId: bigint): void {
    this.active.delete(producerId)
  }
}
