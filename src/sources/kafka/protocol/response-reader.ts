/** An answer that is shorter than it says, or contains something impossible. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
}

/** More elements than any answer has: a longer list is not read. */
const mostElements = 1_000_000
/** More structures than any answer has in all its lists, which may be nested. */
const mostInAll = 1_500_000
/** The weight of a number or text in a list, relative to a structure: it is read this much faster. */
const valueShare = 1 / 8
const mostTags = 10_000
/** The bytes of a large answer that are read in one turn: some milliseconds. */
export const sliceBytes = 262_144
/** The elements that are read in one turn, which may take one byte each. */
const sliceElements = 4_096

/** Reads an answer. Invalid content throws a `ResponseError` before anything is allocated for it. */
export class ResponseReader {
  private readonly buffer: Buffer
  private at = 0
  private elements = 0
  private sliceEnd = sliceBytes
  private inSlice = 0
  private mostInAll = mostInAll

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  /** Limits the elements in all lists of the answer; texts and numbers count an eighth. */
  limitTo(elements: number): void {
    this.mostInAll = elements
  }
  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }
  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }
  /** The next int16 without moving on. */
  nextInt16(): number {
    const value = this.int16()
    this.at -= 2
    return value
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
  /** A view of the answer, not a copy; null is not the same as empty. */
  nullableBytes(): Buffer | null {
    const length = this.int32()
    return length < 0 ? null : this.view(length)
  }
  /** In Kafka's notation (URL-safe base64); null if all bytes are zero. */
  uuid(): string | null {
    const start = this.take(16)
    const bytes = this.buffer.subarray(start, start + 16)
    return bytes.every((byte) => byte === 0) ? null : bytes.toString('base64url')
  }
  /** A null array is read as empty. `leastBytes`: the minimum size of an element. */
  array<A>(leastBytes: number, read: () => A): A[] {
    return this.nullableArray(leastBytes, read) ?? []
  }
  nullableArray<A>(leastBytes: number, read: () => A, ofValues = false, most = mostElements): A[] | null {
    const count = this.int32()
    return count < 0 ? null : this.items(count, leastBytes, read, ofValues, most)
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
  /** A view of the answer, not a copy; null is not the same as empty. */
  compactNullableBytes(): Buffer | null {
    const length = this.uvarint() - 1
    return length < 0 ? null : this.view(length)
  }
  compactArray<A>(leastBytes: number, read: () => A): A[] {
    return this.compactNullableArray(leastBytes, read) ?? []
  }
  compactNullableArray<A>(leastBytes: number, read: () => A, ofValues = false, most = mostElements): A[] | null {
    const count = this.uvarint() - 1
    return count < 0 ? null : this.items(count, leastBytes, read, ofValues, most)
  }
  /** Items grouped by topic. */
  byTopic<A>(leastBytes: number, read: (topic: string) => A): A[] {
    return this.array(6, () => {
      const topic = this.string()
      return this.array(leastBytes, () => read(topic))
    }).flat()
  }
  /** Skips fields that this version does not know. */
  skipTags(): void {
    this.tags(() => undefined)
  }
  /** Optional fields by tag: `read` reads those that it knows. */
  tags(read: (tag: number) => void): void {
    const count = this.uvarint()
    // Each takes at least two bytes, a number and a length.
    if (count > mostTags || 2 * count > this.buffer.length - this.at)
      throw new ResponseError(
        `${String(count)} tagged fields where ${String(this.buffer.length - this.at)} bytes are left`
      )
    for (let left = count; left > 0; left--) {
      const tag = this.uvarint()
      const length = this.uvarint()
      const start = this.take(length)
      this.at = start
      read(tag)
      if (this.at > start + length)
        throw new ResponseError(`a tagged field that is longer than ${String(length)} bytes`)
      this.at = start + length
    }
  }

  /** The number of structures that follow, each of at least `leastBytes`, in either encoding; null: there is no list. */
  structures(isFlexible: boolean, leastBytes: number, most = mostElements): number | null {
    const count = isFlexible ? this.uvarint() - 1 : this.int32()
    if (count < 0) return null
    this.check(count, leastBytes, false, most)
    return count
  }
  /** Called before each element: whether enough was read since the last pause to yield to others. */
  isSliceOver(): boolean {
    if (this.at < this.sliceEnd && ++this.inSlice < sliceElements) return false
    this.sliceEnd = this.at + sliceBytes
    this.inSlice = 0
    return true
  }

  private items<A>(count: number, leastBytes: number, read: () => A, ofValues: boolean, most: number): A[] {
    this.check(count, leastBytes, ofValues, most)
    const items: A[] = []
    for (let more = count; more > 0; more--) items.push(read())
    return items
  }
  private check(count: number, leastBytes: number, ofValues: boolean, most: number): void {
    const left = this.buffer.length - this.at
    this.elements += ofValues ? count * valueShare : count
    if (this.elements > this.mostInAll) throw new ResponseError(`lists of more than ${String(this.mostInAll)} elements`)
    // An impossible count: reading on would create objects until the bytes are used up.
    if (count * leastBytes > left)
      throw new ResponseError(`a list of ${String(count)} where ${String(left)} bytes are left`)
    if (count > most) throw new ResponseError(`a list of ${String(count)} where at most ${String(most)} are accepted`)
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
