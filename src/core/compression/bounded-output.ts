/** What is wrong with compressed bytes: they are no such thing, or hold more than is allowed. */
export class BadCompression extends Error {
  override readonly name = 'BadCompression'
  readonly oversized: boolean

  constructor(reason: string, oversized = false) {
    super(reason)
    this.oversized = oversized
  }
}

/** Gives so many bytes, whatever is in them. */
export type Memory = (bytes: number) => Uint8Array

const ownMemory: Memory = (bytes) => new Uint8Array(bytes)

/** Up to here the bytes are doubled when they are full: how a large batch goes on is known by then. */
const doubledBytes = 2 ** 22

/** What may be written beyond the end, so that a few bytes are copied eight at a time. */
const slack = 8

/** The smallest that is decoded into; most batches fit. */
const leastBytes = 2 ** 16

/**
 * What batches are decoded into, one after the other: it stays in the processor's cache, and its pages are there. What a batch
 * became is copied out of it, into memory that is no larger than that.
 */
let spare: Uint8Array | null = null

const takeSpare = (bytes: number): Uint8Array => {
  const kept = spare
  spare = null
  if (kept !== null && kept.length >= bytes) return kept
  return new Uint8Array(bytes)
}

/** Decompressed bytes: they grow as they come, to at most `limit`. What does not fit, or refers to nothing, throws. */
export class BoundedOutput {
  /** What is written so far, up to `size`; to be asked for anew after `reserve`. */
  bytes: Uint8Array
  /** the same bytes */
  view: DataView
  /** How many bytes there are so far. */
  size = 0
  /** How many there may be before the next `reserve`. A few more may be written, and are not counted. */
  capacity: number
  private readonly limit: number
  private readonly inputBytes: number
  private readonly memory: Memory
  /** what had become of how much of the input, now and when it last grew */
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

  /** So many bytes of the input are done with. */
  passed(inputBytes: number): void {
    this.reached = { input: inputBytes, output: this.size }
  }

  /** Copies bytes of the input. */
  literal(input: Uint8Array, at: number, count: number): void {
    if (at + count > input.length) throw new BadCompression('it ends in the middle')
    this.reserve(count)
    this.bytes.set(input.subarray(at, at + count), this.size)
    this.size += count
  }

  /** Writes the same byte so many times. */
  fill(byte: number, count: number): void {
    this.reserve(count)
    this.bytes.fill(byte, this.size, this.size + count)
    this.size += count
  }

  /** What was written from there on, as a view that lasts until more is written. */
  from(start: number): Uint8Array {
    return this.bytes.subarray(start, this.size)
  }

  /** What there is, in memory of its own that is no more than a quarter larger: records keep all of it. */
  done(): Uint8Array {
    const { bytes, size } = this
    const isSpare = bytes.length <= doubledBytes + slack
    if (!isSpare && bytes.length <= size * 1.25) return bytes.subarray(0, size)
    const own = this.memory(size)
    own.set(bytes.subarray(0, size))
    if (isSpare && (spare === null || spare.length < bytes.length)) spare = bytes
    return own
  }

  /** Room for so many bytes, or as many as the limit allows. */
  room(count: number): void {
    this.reserve(Math.min(count, this.limit - this.size))
  }

  /** What is wrong where more than so many bytes come next, of which there is no room, or no part may be larger. */
  overrun(most: number): BadCompression {
    const isFull = this.size + most >= this.limit
    return new BadCompression(isFull ? 'it holds too much' : 'a part of it holds too much', isFull)
  }

  /** Room for so many bytes behind `size`. */
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
   * Doubled again and again, a batch of 64 MiB would leave as much behind that nobody needs, until it is collected. What has
   * become of the last of the input says how large it will be; if it goes on otherwise, a quarter is added.
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

/** Copies `count` bytes from `distance` back. They may overlap: each copy may be twice as long as the one before. */
export const copyRepeated = (bytes: Uint8Array, at: number, distance: number, count: number): void => {
  const from = at - distance
  for (let done = 0; done < count;) {
    const part = Math.min(distance + done, count - done)
    bytes.copyWithin(at + done, from, from + part)
    done += part
  }
}
