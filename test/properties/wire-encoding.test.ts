import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RequestWriter } from '../../src/sources/kafka/protocol/request-writer.js'
import { ResponseError, ResponseReader } from '../../src/sources/kafka/protocol/response-reader.js'
import { writeTopics } from '../../src/sources/kafka/protocol/write-topics.js'

/** A field: how it is written, and what reading it gives. */
interface Field {
  readonly write: (writer: RequestWriter) => void
  readonly read: (reader: ResponseReader) => unknown
  readonly value: unknown
}

const field = <A>(
  values: fc.Arbitrary<A>,
  write: (writer: RequestWriter, value: A) => void,
  read: (reader: ResponseReader) => unknown
): fc.Arbitrary<Field> =>
  values.map((value) => ({
    value,
    read,
    write: (writer) => {
      write(writer, value)
    }
  }))

const text = fc.string({ unit: 'grapheme', maxLength: 300 })
/** Small ones are copied into the request, large ones are parts of it. */
const byteStrings = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(10_000).map((length) => Buffer.alloc(length, length))
)
const places = fc.array(fc.record({ topic: fc.constantFrom('a', 'b', 'c'), partition: fc.nat() }), { maxLength: 9 })
const sorted = (all: readonly { readonly topic: string; readonly partition: number }[]): unknown =>
  ['a', 'b', 'c'].map((name) => all.filter(({ topic }) => topic === name))
const int32s = fc.array(fc.integer(), { maxLength: 20 })
const fields = fc.array(
  fc.oneof(
    field(fc.integer({ min: -128, max: 127 }), (w, v) => w.int8(v), (r) => r.int8()), // prettier-ignore
    field(fc.integer({ min: -32_768, max: 32_767 }), (w, v) => w.int16(v), (r) => r.int16()), // prettier-ignore
    field(fc.integer(), (w, v) => w.int32(v), (r) => r.int32()), // prettier-ignore
    field(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (w, v) => w.int64(v), (r) => r.int64()), // prettier-ignore
    field(fc.boolean(), (w, v) => w.boolean(v), (r) => r.boolean()), // prettier-ignore
    field(text, (w, v) => w.string(v), (r) => r.string()), // prettier-ignore
    field(fc.option(text), (w, v) => w.nullableString(v), (r) => r.nullableString()), // prettier-ignore
    field(byteStrings, (w, v) => w.bytes(v), (r) => r.nullableBytes()), // prettier-ignore
    field(int32s, (w, v) => w.array(v, (item) => w.int32(item)), (r) => r.array(4, () => r.int32())), // prettier-ignore
    field(fc.nat(), (w, v) => w.uvarint(v), (r) => r.uvarint()), // prettier-ignore
    field(text, (w, v) => w.compactString(v), (r) => r.compactString()), // prettier-ignore
    field(fc.option(text), (w, v) => w.compactNullableString(v), (r) => r.compactNullableString()), // prettier-ignore
    field(byteStrings, (w, v) => w.compactBytes(v), (r) => r.compactNullableBytes()), // prettier-ignore
    field(int32s, (w, v) => w.compactArray(v, (item) => w.int32(item)), (r) => r.compactArray(4, () => r.int32())), // prettier-ignore
    field(fc.constant(undefined), (w) => w.noTags(), (r) => { r.skipTags(); return undefined }) // prettier-ignore
  ),
  { minLength: 1, maxLength: 20 }
)

const compactByTopic = (reader: ResponseReader): { readonly topic: string; readonly partition: number }[] =>
  reader
    .compactArray(3, () => {
      const topic = reader.compactString()
      const those = reader.compactArray(5, () => {
        const partition = reader.int32()
        reader.skipTags()
        return { topic, partition }
      })
      reader.skipTags()
      return those
    })
    .flat()

/** What stands under topics comes back topic by topic. */
const byTopic = fc.oneof(
  field(
    places,
    (w, v) => w.byTopic(v, ({ partition }) => w.int32(partition)),
    (r) => sorted(r.byTopic(4, (topic) => ({ topic, partition: r.int32() })))
  ),
  field(
    places,
    (w, v) => writeTopics(w, v, 'name', ({ partition }) => w.int32(partition).noTags()),
    (r) => sorted(compactByTopic(r))
  )
)

const written = (all: readonly Field[]): Buffer => {
  const writer = new RequestWriter()
  for (const { write } of all) write(writer)
  return Buffer.concat(writer.parts())
}

describe("Kafka's encodings", () => {
  it('give back what was written', () => {
    fc.assert(
      fc.property(fields, (all) => {
        const reader = new ResponseReader(written(all))
        expect(all.map(({ read }) => read(reader))).toEqual(all.map(({ value }) => value))
      })
    )
  })

  it('keep what stands under each topic, in its order', () => {
    fc.assert(
      fc.property(byTopic, (one) => {
        expect(one.read(new ResponseReader(written([one])))).toEqual(
          sorted(one.value as { topic: string; partition: number }[])
        )
      })
    )
  })

  it('stand behind their length in a request', () => {
    fc.assert(
      fc.property(fields, (all) => {
        const writer = new RequestWriter().int32(0)
        for (const { write } of all) write(writer)
        const frame = Buffer.concat(writer.frame())
        expect(frame.readInt32BE(0)).toBe(frame.length - 4)
        expect(frame.subarray(4)).toEqual(written(all))
      })
    )
  })

  it('are refused where they are cut off, whatever the field, and never read beyond', () => {
    fc.assert(
      fc.property(fields, fc.nat(), (all, at) => {
        const whole = written(all)
        const cut = whole.subarray(0, at % whole.length)
        const reader = new ResponseReader(cut)
        expect(() => all.map(({ read }) => read(reader))).toThrow(ResponseError)
      })
    )
  })

  it('are read or refused whatever the bytes, without allocating what a forged length claims', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 64 }), (all, bytes) => {
        const reader = new ResponseReader(Buffer.from(bytes))
        try {
          for (const { read } of all) read(reader)
        } catch (error) {
          expect(error).toBeInstanceOf(ResponseError)
        }
      })
    )
  })
})
