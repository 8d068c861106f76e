/**
 * Reads the zigzag varints of a record. A varint beyond the end, or too long for its type, makes `hasFailed()` true instead of
 * throwing: one check at the end of a record is enough.
 */
export class VarintReader {
  readonly bytes: Uint8Array
  at: number
  end: number
  // A field, since `bytes.buffer` is a call out of compiled code.
  private readonly buffer: ArrayBufferLike
  private readonly offset: number
  private bad = false

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.buffer = bytes.buffer
    this.offset = bytes.byteOffset
    this.at = at
    this.end = end
  }

  /** Continues from this position, and forgets an earlier failure. */
  goTo(at: number): void {
    this.at = at
    this.bad = false
  }

  hasFailed(): boolean {
    return this.bad
  }

  /** 32 bits, at most five bytes. */
  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++] as number
    if (byte < 0x80) return this.at > this.end ? this.fail() : (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift <= 28; shift += 7) {
      if (this.at >= this.end) return this.fail()
      byte = bytes[this.at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    return this.fail()
  }

  /** 64 bits as a double, exact from -2^52 to 2^53; at most ten bytes. */
  varlong(): number {
    const { bytes } = this
    let byte = bytes[this.at++] as number
    if (byte < 0x80) return this.at > this.end ? this.fail() : (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let scale = 0x80
    for (let count = 1; count < 10; count++) {
      if (this.at >= this.end) return this.fail()
      byte = bytes[this.at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 0x80
    }
    return this.fail()
  }

  /** Skips a varint of 64 bits. */
  skipVarint(): void {
    const { bytes } = this
    let count = 1
    while ((bytes[this.at++] as number) >= 0x80) if (++count > 10 || this.at >= this.end) return void this.fail()
    if (this.at > this.end) this.fail()
  }

  /** The next bytes, as a view. */
  take(length: number): Uint8Array {
    const { at } = this
    if (length < 0 || at + length > this.end) {
      this.fail()
      return new Uint8Array(this.buffer, this.offset, 0)
    }
    this.at += length
    // Not by `subarray`: on a Buffer, which comes from the wire, it creates a Buffer, which takes twice as long.
    return new Uint8Array(this.buffer, this.offset + at, length)
  }

  /** Bytes prefixed with their length, as a view; null if the length is negative. */
  bytesOrNull(): Uint8Array | null {
    const length = this.varint()
    return length < 0 ? null : this.take(length)
  }

  /** Skips bytes and their length. */
  skipBytes(): void {
    const length = this.varint()
    if (length > 0) this.at += length
  }

  private fail(): number {
    this.bad = true
    return 0
  }
}
