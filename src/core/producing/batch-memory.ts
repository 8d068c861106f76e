import type { BytesSource } from '../records/batch-builder.js'

/**
 * The bytes of batches, kept for those to come when a batch is done with: a batch grows by doubling, and allocating, zeroing
 * and collecting all that was a quarter of what writing cost. As in Java's client only the usual sizes are kept:
 * `batch.size`, and what doubling makes of it.
 */
export class BatchMemory implements BytesSource {
  private readonly batchSize: number
  private readonly limit: number
  private readonly free = new Map<number, Uint8Array[]>()
  private kept = 0

  /** @param limit how many bytes may be kept while nobody uses them */
  constructor(batchSize: number, limit: number) {
    this.batchSize = batchSize
    this.limit = limit
  }

  /** So many bytes, whatever is in them. */
  take(length: number): Uint8Array {
    const bytes = this.free.get(length)?.pop()
    if (bytes === undefined) return new Uint8Array(length)
    this.kept -= length
    return bytes
  }

  /** Only what nobody reads any more: not the socket either. */
  giveBack(bytes: Uint8Array): void {
    const { length } = bytes
    if (this.kept + length > this.limit || !this.isUsual(length)) return
    this.kept += length
    const same = this.free.get(length)
    if (same === undefined) this.free.set(length, [bytes])
    else same.push(bytes)
  }

  private isUsual(length: number): boolean {
    return length >= this.batchSize && Number.isInteger(Math.log2(length / this.batchSize))
  }
}
