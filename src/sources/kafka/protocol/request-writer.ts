/** Bytes of at least this size are sent without a copy. */
const worthAPart = 4_096

/** The length of a string is 16 bits. */
const longestString = 32_767

/** Writes a request: Kafka's types in network order, in the classic and the flexible encodings. */
export class RequestWriter {
  private buffer: Buffer = Buffer.allocUnsafe(512)
  private at = 0
  /** finished parts, up to `from` in the buffer */
  private readonly closed: Uint8Array[] = []
  private closedBytes = 0
  private from = 0

  /** The header of the request, with room for the length before it. */
  header(apiKey: number, apiVersion: number, correlationId: number, clientId: string): this {
    return this.int32(0).int16(apiKey).int16(apiVersion).int32(correlationId).string(clientId)
  }

  int8(value: number): this {
    this.reserve(1)
    this.at = this.buffer.writeInt8(value, this.at)
    return this
  }
  int16(value: number): this {
    this.reserve(2)
    this.at = this.buffer.writeInt16BE(value, this.at)
    return this
  }
  int32(value: number): this {
    this.reserve(4)
    this.at = this.buffer.writeInt32BE(value, this.at)
    return this
  }
  int64(value: bigint): this {
    this.reserve(8)
    this.at = this.buffer.writeBigInt64BE(value, this.at)
    return this
  }
  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0)
  }
  string(value: string): this {
    const length = Buffer.byteLength(value)
    if (length > longestString)
      throw new RangeError(`a text of ${String(length)} bytes, at most ${String(longestString)} can be sent`)
    this.int16(length).reserve(length)
    this.at += this.buffer.write(value, this.at)
    return this
  }
  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value)
  }
  /** Large bytes are not copied: they must not change until they are sent. */
  bytes(value: Uint8Array): this {
    return this.int32(value.length).raw(value)
  }
  /** In Kafka's notation; null is the zero ID. */
  uuid(value: string | null): this {
    this.reserve(16)
    if (value === null) this.buffer.fill(0, this.at, this.at + 16)
    else this.buffer.write(value, this.at, 16, 'base64url')
    this.at += 16
    return this
  }
  array<A>(items: readonly A[], write: (item: A) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }
  /** A length or count of the flexible encodings: unsigned, seven bits in a byte. */
  uvarint(value: number): this {
    this.reserve(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.at++] = rest
    return this
  }
  compactString(value: string): this {
    const length = Buffer.byteLength(value)
    if (length > longestString)
      throw new RangeError(`a text of ${String(length)} bytes, at most ${String(longestString)} can be sent`)
    this.uvarint(length + 1).reserve(length)
    this.at += this.buffer.write(value, this.at)
    return this
  }
  compactNullableString(value: string | null): this {
    return value === null ? this.uvarint(0) : this.compactString(value)
  }
  compactBytes(value: Uint8Array): this {
    return this.uvarint(value.length + 1).raw(value)
  }
  compactArray<A>(items: readonly A[], write: (item: A) => void): this {
    this.uvarint(items.length + 1)
    for (const item of items) write(item)
    return this
  }
  /** Items grouped by topic, in the order of each topic's first item. */
  byTopic<A extends { readonly topic: string }>(items: readonly A[], write: (item: A) => void): this {
    return this.array(grouped(items), ([topic, those]) => this.string(topic).array(those, write))
  }
  noTags(): this {
    return this.uvarint(0)
  }
  /** Tagged fields by number, in ascending order. */
  tags(fields: readonly (readonly [tag: number, write: (writer: RequestWriter) => void])[]): this {
    this.uvarint(fields.length)
    for (const [tag, write] of fields) {
      const inner = new RequestWriter()
      write(inner)
      const parts = inner.parts()
      this.uvarint(tag).uvarint(parts.reduce((sum, { length }) => sum + length, 0))
      for (const part of parts) this.raw(part)
    }
    return this
  }

  /** The written bytes, in parts. */
  parts(): readonly Uint8Array[] {
    return this.from === this.at ? this.closed : [...this.closed, this.buffer.subarray(this.from, this.at)]
  }

  /** The whole request, with its length before the header. */
  frame(): readonly Uint8Array[] {
    const parts = this.parts()
    const [first] = parts
    if (first !== undefined)
      new DataView(first.buffer, first.byteOffset).setInt32(0, this.closedBytes + this.at - this.from - 4)
    return parts
  }

  private raw(value: Uint8Array): this {
    if (value.length < worthAPart) {
      this.reserve(value.length)
      this.buffer.set(value, this.at)
      this.at += value.length
    } else {
      this.closed.push(this.buffer.subarray(this.from, this.at), value)
      this.closedBytes += this.at - this.from + value.length
      this.from = this.at
    }
    return this
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at - this.from + more))
    this.at = this.buffer.copy(larger, 0, this.from, this.at)
    this.from = 0
    this.buffer = larger
  }
}

const grouped = <A extends { readonly topic: string }>(
  items: readonly A[]
): readonly (readonly [string, readonly A[]])[] => {
  const topics = new Map<string, A[]>()
  for (const item of items) {
    const known = topics.get(item.topic)
    if (known === undefined) topics.set(item.topic, [item])
    else known.push(item)
  }
  return [...topics]
}
