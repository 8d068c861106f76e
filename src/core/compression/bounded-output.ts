/** What is wrong with compressed bytes: they are no such thing, or hold more than is allowed. */
export class BadCompression extends Error {
  override readonly name = 'BadCompression'
  readonly oversized: boolean

  constructor(reason: string, oversized = false) {
    super(reason)
    this.oversized = oversized
  }
}

/** Up to here the bytes are doubled when they are full: how a large batch goes on is known by then. */
const doubledBytes = 2 ** 22

/** Decompressed bytes: they grow as they come, to at most `limit`. What does not fit, or refers to nothing, throws. */
export class BoundedOutput {
  private readonly limit: number
  private readonly inputBytes: number
  private bytes: Uint8Array
  private length = 0
  /** what had become of how much of the input, now and when it last grew */
  private reached = { input: 0, output: 0 }
  private before = { input: 0, output: 0 }

  constructor(inputBytes: number, limit: number) {
    this.limit = limit
    this.inputBytes = inputBytes
    this.bytes = new Uint8Array(Math.min(Math.max(inputBytes * 3, 64), limit))
  }

  /** So many bytes of the input are done with. */
  passed(inputBytes: number): void {
    this.reached = { input: inputBytes, output: this.length }
  }

  /** How many bytes there are so far. */
  get size(): number {
    return this.length
  }

  /** Copies bytes of the input. */
  literal(input: Uint8Array, at: number, count: number): void {
    if (at + count > input.length) throw new BadCompression('it ends in the middle')
    this.reserve(count)
    // A copy of a few bytes is faster by hand than through a view.
    if (count > 32) this.bytes.set(input.subarray(at, at + count), this.length)
    else for (let index = 0; index < count; index++) this.bytes[this.length + index] = input[at + index] as number
    this.length += count
  }

  /** Repeats what was written so far back; it may overlap what it writes. */
  match(distance: number, count: number): void {
    if (distance <= 0 || distance > this.length) throw new BadCompression('it refers to what is not there')
    this.reserve(count)
    if (count > 32 && (distance >= count || count > 256)) copyRepeated(this.bytes, this.length, distance, count)
    else {
      const from = this.length - distance
      for (let index = 0; index < count; index++) this.bytes[this.length + index] = this.bytes[from + index] as number
    }
    this.length += count
  }

  /** Writes the same byte so many times. */
  fill(byte: number, count: number): void {
    this.reserve(count)
    this.bytes.fill(byte, this.length, this.length + count)
    this.length += count
  }

  /** What was written from there on, as a view that lasts until more is written. */
  from(start: number): Uint8Array {
    return this.bytes.subarray(start, this.length)
  }

  /** What there is, in bytes that are no more than a quarter larger: records keep all of them. */
  done(): Uint8Array {
    const isTight = this.bytes.length <= this.length * 1.25
    return isTight ? this.bytes.subarray(0, this.length) : this.bytes.slice(0, this.length)
  }

  /** The bytes behind `size` may be written to, so many of them or as far as the limit allows; `wrote` says how many were. */
  room(count: number): Uint8Array {
    this.reserve(Math.min(count, this.limit - this.length))
    return this.bytes
  }
  wrote(count: number): void {
    this.length += count
  }

  /** What is wrong where more than so many bytes come next, of which there is no room, or no part may be larger. */
  overrun(most: number): BadCompression {
    const isFull = this.length + most >= this.limit
    return new BadCompression(isFull ? 'it holds too much' : 'a part of it holds too much', isFull)
  }

  private reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    if (needed > this.limit) throw new BadCompression('it holds too much', true)
    const larger = new Uint8Array(Math.min(this.limit, Math.max(needed, Math.ceil(this.grown()))))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  /**
   * Doubled again and again, a batch of 64 MiB would leave as much behind that nobody needs, until it is collected. What has
   * become of the last of the input says how large it will be; if it goes on otherwise, a quarter is added.
   */
  private grown(): number {
    const { reached, before, inputBytes } = this
    const { length } = this.bytes
    this.before = reached
    if (length < doubledBytes || reached.input === before.input) return length * 2
    const rate = (reached.output - before.output) / (reached.input - before.input)
    return Math.max(length * 1.25, (reached.output + rate * (inputBytes - reached.input)) * 1.05)
  }
}

/** Repeats what stands so far back. What was repeated is repeated with it: each copy may be twice as long as the one before. */
export const copyRepeated = (bytes: Uint8Array, at: number, distance: number, count: number): void => {
  const from = at - distance
  for (let done = 0; done < count;) {
    const part = Math.min(distance + done, count - done)
    bytes.copyWithin(at + done, from, from + part)
    done += part
  }
}
