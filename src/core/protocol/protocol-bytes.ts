import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import { groupedBy } from './grouped-by.js'

const encoder = /*#__PURE__*/ new TextEncoder()
const decoder = /*#__PURE__*/ new TextDecoder()

/** Writes the consumer protocol's types: big-endian integers; strings and arrays prefixed with their length. */
export class ProtocolWriter {
  private buffer = new Uint8Array(256)
  private view = new DataView(this.buffer.buffer)
  private at = 0

  int16(value: number): void {
    this.reserve(2)
    this.view.setInt16(this.at, value)
    this.at += 2
  }
  int32(value: number): void {
    this.reserve(4)
    this.view.setInt32(this.at, value)
    this.at += 4
  }
  string(value: string): void {
    const bytes = encoder.encode(value)
    this.int16(bytes.length)
    this.raw(bytes)
  }
  nullableString(value: string | null): void {
    if (value === null) this.int16(-1)
    else this.string(value)
  }
  bytes(value: Uint8Array | null): void {
    this.int32(value === null ? -1 : value.length)
    if (value !== null) this.raw(value)
  }
  array<A>(items: readonly A[], write: (item: A) => void): void {
    this.int32(items.length)
    for (const item of items) write(item)
  }
  partitions(partitions: readonly TopicPartition[]): void {
    const byTopic = groupedBy(partitions, ({ topic }) => topic)
    this.array([...byTopic].sort(byName), ([topic, places]) => {
      this.string(topic)
      this.array(
        places.sort((a, b) => a.partition - b.partition),
        ({ partition }) => {
          this.int32(partition)
        }
      )
    })
  }
  done(): Uint8Array {
    return this.buffer.slice(0, this.at)
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.at)
    this.at += bytes.length
  }
  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.at + more))
    larger.set(this.buffer)
    this.buffer = larger
    this.view = new DataView(larger.buffer)
  }
}

/** More elements than all lists of a member have. */
const mostElements = 1_000_000

/** Reads another member's bytes, which may be invalid: what does not fit sets `failed` and reads as empty. */
export class ProtocolReader {
  failed = false
  private readonly buffer: Uint8Array
  private readonly view: DataView
  private at = 0
  private elements = 0

  constructor(buffer: Uint8Array) {
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  }

  get isAtEnd(): boolean {
    return this.at === this.buffer.length
  }

  int16(): number {
    return this.has(2) ? this.view.getInt16(this.at - 2) : 0
  }
  int32(): number {
    return this.has(4) ? this.view.getInt32(this.at - 4) : 0
  }
  string(): string {
    return this.nullableString() ?? ''
  }
  nullableString(): string | null {
    const length = this.int16()
    return length >= 0 && this.has(length) ? decoder.decode(this.buffer.subarray(this.at - length, this.at)) : null
  }
  bytes(): Uint8Array | null {
    const length = this.int32()
    return length >= 0 && this.has(length) ? this.buffer.subarray(this.at - length, this.at) : null
  }
  /** `leastBytes`: the minimum size of an element. An array that cannot fit, or is too long, is not read. */
  array<A>(leastBytes: number, read: () => A): A[] {
    const count = this.int32()
    this.elements += Math.max(0, count)
    if (this.elements > mostElements || count * leastBytes > this.buffer.length - this.at) this.failed = true
    const items: A[] = []
    for (let left = count; left > 0 && !this.failed; left--) items.push(read())
    return this.failed ? [] : items
  }
  partitions(): readonly TopicPartition[] {
    const found = new Map<string, TopicPartition>()
    this.array(6, () => {
      const topic = this.string()
      this.array(4, () => {
        const partition = this.int32()
        found.set(partitionKey(topic, partition), { topic, partition })
      })
    })
    return this.failed ? [] : [...found.values()]
  }

  private has(length: number): boolean {
    if (this.failed || this.at + length > this.buffer.length) {
      this.failed = true
      return false
    }
    this.at += length
    return true
  }
}

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1)
