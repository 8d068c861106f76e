/** What is wrong with compressed bytes: they are no such thing, or hold more than is allowed. */
export class BadCompression extends Error {
  override readonly name = 'BadCompression'
  readonly oversized: boolean

  constructor(reason: string, oversized = false) {
    super(reason)
    this.oversized = oversized
  }
}

/** Decompressed bytes: they grow as they come, to at most `limit`. What does not fit, or refers to nothing, throws. */
export class BoundedOutput {
  private readonly limit: number
  private bytes: Uint8Array
  private length = 0

  constructor(expected: number, limit: number) {
    this.limit = limit
    this.bytes = new Uint8Array(Math.min(Math.max(expected, 64), limit))
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
    const from = this.length - distance
    if (distance >= count && count > 32) this.bytes.copyWithin(this.length, from, from + count)
    else
      for (let index = 0; index < count; index++) this.bytes[this.length + index] = this.bytes[from + index] as number
    this.length += count
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  private reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    if (needed > this.limit) throw new BadCompression('it holds too much', true)
    const larger = new Uint8Array(Math.min(this.limit, Math.max(needed, this.bytes.length * 2)))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}
