import type { BytesSource } from '../records/batch-builder.js'

/**
 * Reuses the memory of settled batches. A batch grows by doubling, and allocating, zeroing and collecting that memory was a
 * quarter of the cost of writing. As in Java's client, only the usual sizes are kept: `batch.size` and its doublings.
 */
export class BatchMemory implements BytesSource {
  private readonly batchSize: number
  private readonly limit: number
  private readonly free = new Map<number, Uint8Array[]>()
  private kept = 0

  /** @param limit the maximum of unused bytes to keep */
  constructor(batchSize: number, limit: number) {
    this.batchSize = batchSize
    this.limit = limit
  }

  /** Returns a buffer of this size, which is not zeroed. */
  take(length: number): Uint8Array {
    const bytes = this.free.get(length)?.pop()
    if (bytes === undefined) return new Uint8Array(length)
    this.kept -= length
    return bytes
  }

  /** Takes memory back. Nothing may still read it, not even the socket. */
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
