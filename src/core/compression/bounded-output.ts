/** Why bytes cannot be decompressed: they are not in the codec's format, or hold more than the limit. */
export class BadCompression extends Error {
  override readonly name = 'BadCompression'
  readonly oversized: boolean

  constructor(reason: string, oversized = false) {
    super(reason)
    this.oversized = oversized
  }
}

/** Returns a buffer of this size, which need not be zeroed. */
export type Memory = (bytes: number) => Uint8Array

const ownMemory: Memory = (bytes) => new Uint8Array(bytes)

/** Up to this size the buffer doubles when it is full. Beyond it, the compression ratio so far predicts the size. */
const doubledBytes = 2 ** 22

/** Bytes beyond the capacity, so that a few bytes can be copied eight at a time. */
const slack = 8

/** The size of the smallest buffer; most batches fit. */
const leastBytes = 2 ** 16

/**
 * The buffer that batches are decoded into, one after the other: it stays in the processor's cache, and its pages are
 * allocated. The content of each batch is copied out into memory of exactly its size.
 */
let spare: Uint8Array | null = null

const takeSpare = (bytes: number): Uint8Array => {
  const kept = spare
  spare = null
  if (kept !== null && kept.length >= bytes) return kept
  return new Uint8Array(bytes)
}

/** A buffer for decompressed bytes that grows up to `limit`. Content beyond the limit, or a reference outside of it, throws. */
export class BoundedOutput {
  /** The content up to `size`. `reserve` may replace it, so read it again after that. */
  bytes: Uint8Array
  /** a view of the same bytes */
  view: DataView
  /** Bytes written so far. */
  size = 0
  /** Bytes that fit before the next `reserve`. A few more may be written; they do not count. */
  capacity: number
  private readonly limit: number
  private readonly inputBytes: number
  private readonly memory: Memory
  /** how many bytes of output the input so far has become: now, and when the buffer last grew */
  private reached = { input: 0, output: 0 }
  private before = { input: 0, output: 0 }

  constructor(inputBytes: number, limit: number, memory = ownMemory) {
    this.limit = limit
    this.inputBytes = inputBytes
    this.memory = memory
    this.bytes = takeSpare(Math.max(inputBytes * 3, leastBytes) + slack)
    this.view = viewOf(this.bytes)
    this.capacity = Math.min(this.bytes.length - slack, limit)
  }

  /** The decoder has processed this many bytes of the input. */
  passed(inputBytes: number): void {
    this.reached = { input: inputBytes, output: this.size }
  }

  literal(input: Uint8Array, at: number, count: number): void {
    if (at + count > input.length) throw new BadCompression('it ends in the middle')
    this.reserve(count)
    this.bytes.set(input.subarray(at, at + count), this.size)
    this.size += count
  }

  fill(byte: number, count: number): void {
    this.reserve(count)
    this.bytes.fill(byte, this.size, this.size + count)
    this.size += count
  }

  /** The content from `start` on, as a view that is valid until more is written. */
  from(start: number): Uint8Array {
    return this.bytes.subarray(start, this.size)
  }

  /** The content, in memory of its own that is at most a quarter larger: records keep all of it. */
  done(): Uint8Array {
    const { bytes, size } = this
    const isSpare = bytes.length <= doubledBytes + slack
    if (!isSpare && bytes.length <= size * 1.25) return bytes.subarray(0, size)
    const own = this.memory(size)
    own.set(bytes.subarray(0, size))
    if (isSpare && (spare === null || spare.length < bytes.length)) spare = bytes
    return own
  }

  /** Makes room for this many bytes, or as many as the limit allows. */
  room(count: number): void {
    this.reserve(Math.min(count, this.limit - this.size))
  }

  /** The error for input that continues with more than `most` bytes: the output is full, or a block may not be that large. */
  overrun(most: number): BadCompression {
    const isFull = this.size + most >= this.limit
    return new BadCompression(isFull ? 'it holds too much' : 'a part of it holds too much', isFull)
  }

  /** Makes room for this many bytes behind `size`. */
  reserve(more: number): void {
    const needed = this.size + more
    if (needed <= this.capacity) return
    if (needed > this.limit) throw new BadCompression('it holds too much', true)
    this.capacity = Math.min(this.limit, Math.max(needed, Math.ceil(this.grown())))
    const larger = new Uint8Array(this.capacity + slack)
    larger.set(this.bytes.subarray(0, this.size))
    this.bytes = larger
    this.view = viewOf(larger)
  }

  /**
   * With doubling alone, a batch of 64 MiB would leave as much garbage behind. The ratio of the latest output to its input
   * predicts the final size; if the prediction is too low, a quarter is added.
   */
  private grown(): number {
    const { reached, before, inputBytes, capacity } = this
    this.before = reached
    if (capacity < doubledBytes || reached.input === before.input)
      return Math.min(capacity * 2, Math.max(capacity * 1.25, doubledBytes))
    const rate = (reached.output - before.output) / (reached.input - before.input)
    return Math.max(capacity * 1.25, (reached.output + rate * (inputBytes - reached.input)) * 1.05)
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)

/**
 * Copies `count` bytes from `distance` back. Source and target may overlap: each copy may be twice as long as the one before.
 */
export const copyRepeated = (bytes: Uint8Array, at: number, distance: number, count: number): void => {
  const from = at - distance
  for (let done = 0; done < count;) {
    const part = Math.min(distance + done, count - done)
    bytes.copyWithin(at + done, from, from + part)
    done += part
  }
}
