/** An answer that is shorter than it says, or says what cannot be. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
}

/** Reads an answer. What does not fit throws a `ResponseError` before anything is allocated for it. */
export class ResponseReader {
  private readonly buffer: Buffer
  private at = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }
  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }
  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }
  int64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }
  boolean(): boolean {
    return this.int8() !== 0
  }
  string(): string {
    return this.nullableString() ?? ''
  }
  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.text(length)
  }
  /** A view of the answer, not a copy; null and empty are told apart. */
  nullableBytes(): Buffer | null {
    const length = this.int32()
    return length < 0 ? null : this.view(length)
  }
  /** As Kafka prints it (URL-safe base64); null where all of it is zero. */
  uuid(): string | null {
    const start = this.take(16)
    const bytes = this.buffer.subarray(start, start + 16)
    return bytes.every((byte) => byte === 0) ? null : bytes.toString('base64url')
  }
  /** A null array is an empty one. */
  array<A>(read: () => A): A[] {
    const count = this.int32()
    return this.items(count, read)
  }
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new ResponseError('a length of more than five bytes')
  }
  compactString(): string {
    return this.compactNullableString() ?? ''
  }
  compactNullableString(): string | null {
    const length = this.uvarint() - 1
    return length < 0 ? null : this.text(length)
  }
  /** A view of the answer, not a copy; null and empty are told apart. */
  compactNullableBytes(): Buffer | null {
    const length = this.uvarint() - 1
    return length < 0 ? null : this.view(length)
  }
  compactArray<A>(read: () => A): A[] {
    return this.items(this.uvarint() - 1, read)
  }
  /** Items that stand under their topics. */
  byTopic<A>(read: (topic: string) => A): A[] {
    return this.array(() => {
      const topic = this.string()
      return this.array(() => read(topic))
    }).flat()
  }
  /** The same in the flexible encoding. */
  compactByTopic<A>(read: (topic: string) => A): A[] {
    return this.compactArray(() => {
      const topic = this.compactString()
      const items = this.compactArray(() => this.closed(() => read(topic)))
      return this.closed(() => items)
    }).flat()
  }
  /** Fields that this version does not know. */
  skipTags(): void {
    this.tags(() => undefined)
  }
  /** Fields that may be there, by their tags: `read` reads those that it knows. */
  tags(read: (tag: number) => void): void {
    for (let left = this.uvarint(); left > 0; left--) {
      const tag = this.uvarint()
      const length = this.uvarint()
      const start = this.take(length)
      this.at = start
      read(tag)
      this.at = start + length
    }
  }

  /** What is followed by fields that this version does not know. */
  private closed<A>(read: () => A): A {
    const value = read()
    this.skipTags()
    return value
  }
  private items<A>(count: number, read: () => A): A[] {
    // Each item takes a byte at least: a count beyond that is a lie, and an array of it would be a bomb.
    if (count > this.buffer.length - this.at)
      throw new ResponseError(`a list of ${String(count)} in ${String(this.buffer.length)} bytes`)
    const items: A[] = []
    for (let left = count; left > 0; left--) items.push(read())
    return items
  }
  private text(length: number): string {
    const start = this.take(length)
    return this.buffer.toString('utf8', start, start + length)
  }
  private view(length: number): Buffer {
    const start = this.take(length)
    return this.buffer.subarray(start, start + length)
  }
  private take(length: number): number {
    const start = this.at
    if (length < 0 || start + length > this.buffer.length)
      throw new ResponseError(
        `an answer that ends at byte ${String(this.buffer.length)} of at least ${String(start + length)}`
      )
    this.at += length
    return start
  }
}
