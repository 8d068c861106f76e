import { withHeaders } from '../internal/trace-channels.js'
import { Carried } from '../model/carried.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import type { Header } from '../model/header.js'

/** A message to a thread, and the buffers that are transferred with it. */
export interface Parcel {
  readonly content: unknown
  readonly moved: ArrayBuffer[]
}

/**
 * Packs a record as a `WorkerRecord`; of any other carried value packs the value, including records within it. Each record gets
 * these headers, which replace those of the same names.
 */
export const parcelOf = (carried: Carried<unknown>, headers: readonly Header[] = []): Parcel => {
  const packing = new Packing(headers)
  return { content: packing.pack(carried), moved: packing.moved }
}

/**
 * Cloning a view would clone its whole buffer, which for a record's bytes is the response that they came in. So bytes are
 * copied once, and the copy is transferred.
 */
class Packing {
  readonly moved: ArrayBuffer[] = []
  /** Data may contain itself, or the same object twice. */
  private readonly packed = new Map<object, unknown>()
  private readonly added: readonly Header[]

  constructor(added: readonly Header[]) {
    this.added = added
  }

  pack(data: unknown): unknown {
    if (typeof data !== 'object' || data === null) return data
    const known = this.packed.get(data)
    if (known !== undefined) return known
    if (data instanceof Uint8Array) return this.note(data, this.moving(data))
    if (data instanceof ConsumerRecord) return this.record(data as ConsumerRecord<unknown, unknown>)
    if (data instanceof Carried) return this.pack((data as Carried<unknown>).value)
    if (Array.isArray(data)) return this.list(data)
    return isPlain(data) ? this.fields(data) : data
  }

  private record(record: ConsumerRecord<unknown, unknown>): unknown {
    const { topic, partition, offset, timestamp, key, value, headers } = record
    return {
      topic,
      partition,
      offset,
      timestamp,
      key: this.pack(key),
      value: this.pack(value),
      headers: this.pack(this.added.length === 0 ? headers : withHeaders(headers, this.added))
    }
  }

  private list(items: readonly unknown[]): unknown {
    const list = this.note(items, [] as unknown[])
    for (const item of items) list.push(this.pack(item))
    return list
  }

  private fields(data: object): unknown {
    // Without a prototype, so that a field called __proto__ is an ordinary one.
    const fields = this.note(data, Object.create(null) as Record<string, unknown>)
    for (const [name, value] of Object.entries(data)) fields[name] = this.pack(value)
    return fields
  }

  private moving(bytes: Uint8Array): Uint8Array {
    const copy = new Uint8Array(bytes)
    this.moved.push(copy.buffer)
    return copy
  }

  private note<A>(data: object, packed: A): A {
    this.packed.set(data, packed)
    return packed
  }
}

const isPlain = (data: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(data)
  return prototype === Object.prototype || prototype === null
}
