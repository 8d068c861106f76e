/** Writes a request: Kafka's types in network order, in the classic encodings and the flexible ones. */
export class RequestWriter {
  private buffer: Buffer
  private at = 0

  /** @param bytes about how many it will take */
  constructor(bytes = 512) {
    this.buffer = Buffer.allocUnsafe(bytes)
  }

  /** What comes first, with room for the length before it. */
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
    this.int16(length).reserve(length)
    this.at += this.buffer.write(value, this.at)
    return this
  }
  nullableString(value: string | null): this {
    return value === null ? this.int16(-1) : this.string(value)
  }
  bytes(value: Uint8Array): this {
    this.int32(value.length).reserve(value.length)
    this.buffer.set(value, this.at)
    this.at += value.length
    return this
  }
  array<A>(items: readonly A[], write: (item: A) => void): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }
  /** A length or count of the flexible encodings: unsigned, seven bits a byte. */
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
    this.uvarint(length + 1).reserve(length)
    this.at += this.buffer.write(value, this.at)
    return this
  }
  compactNullableString(value: string | null): this {
    return value === null ? this.uvarint(0) : this.compactString(value)
  }
  compactBytes(value: Uint8Array): this {
    this.uvarint(value.length + 1).reserve(value.length)
    this.buffer.set(value, this.at)
    this.at += value.length
    return this
  }
  compactArray<A>(items: readonly A[], write: (item: A) => void): this {
    this.uvarint(items.length + 1)
    for (const item of items) write(item)
    return this
  }
  /** Items under their topics, in the order in which the topics first come. */
  byTopic<A extends { readonly topic: string }>(items: readonly A[], write: (item: A) => void): this {
    return this.array(grouped(items), ([topic, those]) => this.string(topic).array(those, write))
  }
  /** The same in the flexible encoding; what closes an item that has fields of its own is written with it. */
  compactByTopic<A extends { readonly topic: string }>(items: readonly A[], write: (item: A) => void): this {
    return this.compactArray(grouped(items), ([topic, those]) =>
      this.compactString(topic).compactArray(those, write).noTags()
    )
  }
  noTags(): this {
    return this.uvarint(0)
  }

  done(): Buffer {
    return this.buffer.subarray(0, this.at)
  }

  /** The whole request, with its length before the header. */
  frame(): Buffer {
    this.buffer.writeInt32BE(this.at - 4, 0)
    return this.done()
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + more))
    this.buffer.copy(larger, 0, 0, this.at)
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
