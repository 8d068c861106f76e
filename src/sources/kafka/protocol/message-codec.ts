import type { ElementType, Field, Fields, Primitive, MessageOf } from './message.js'
import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'
import { includesVersion } from './versions.js'

/** How a message is read and written in one version. */
export interface MessageCodec<A> {
  /** the minimum size of a value in bytes */
  readonly leastBytes: number
  readonly read: (reader: ResponseReader) => A
  /** The same with a pause after each slice; omitted if it contains no list of structures. */
  readonly readInSlices?: (reader: ResponseReader) => Slices<A>
  readonly write: (writer: RequestWriter, value: A) => void
}

/** Work over several turns: each `next` continues it, and the last returns its value. */
export type Slices<A> = Generator<undefined, A>

interface Encoding {
  readonly version: number
  /** Lengths are varints, and tagged fields follow each structure. */
  readonly flexible: boolean
}

/** Reads and writes the fields of a message in one version. */
export const messageCodec = <F extends Fields>(
  fields: F,
  version: number,
  flexible: boolean
): MessageCodec<MessageOf<F>> => structCodec(fields, { version, flexible }) as MessageCodec<MessageOf<F>>

type StructValue = Readonly<Record<string, unknown>>

const structCodec = (fields: Fields, encoding: Encoding): MessageCodec<StructValue> => {
  const entries = Object.entries(fields)
  const isThere = ([, { versions }]: (typeof entries)[number]): boolean => includesVersion(versions, encoding.version)
  const absent = Object.fromEntries(entries.map(([name, field]) => [name, field.absent]))
  const placed = entries
    .filter((entry) => isThere(entry) && entry[1].tag === null)
    .map(([name, field]) => ({ name, codec: fieldCodec(field, encoding) }))
  const tagged = new Map(
    entries
      .filter(isThere)
      .flatMap(([name, field]) =>
        field.tag === null ? [] : [[field.tag, { name, codec: fieldCodec(field, encoding) }] as const]
      )
  )
  const readTags = (reader: ResponseReader, value: Record<string, unknown>): StructValue => {
    if (encoding.flexible)
      reader.tags((tag) => {
        const known = tagged.get(tag)
        if (known !== undefined) value[known.name] = known.codec.read(reader)
      })
    return value
  }
  return {
    leastBytes: placed.reduce((sum, { codec }) => sum + codec.leastBytes, encoding.flexible ? 1 : 0),
    read: (reader) => {
      const value: Record<string, unknown> = { ...absent }
      for (const { name, codec } of placed) value[name] = codec.read(reader)
      return readTags(reader, value)
    },
    ...(placed.every(({ codec }) => codec.readInSlices === undefined)
      ? {}
      : {
          readInSlices: function* (reader): Slices<StructValue> {
            const value: Record<string, unknown> = { ...absent }
            for (const { name, codec } of placed)
              value[name] = codec.readInSlices === undefined ? codec.read(reader) : yield* codec.readInSlices(reader)
            return readTags(reader, value)
          }
        }),
    write: (writer, value) => {
      for (const { name, codec } of placed) codec.write(writer, value[name])
      if (!encoding.flexible) return
      const present = [...tagged].filter(([, { name }]) => value[name] !== absent[name])
      writer.tags(present.map(([tag, { name, codec }]) => [tag, (inner) => codec.write(inner, value[name])]))
    }
  }
}

const fieldCodec = ({ type, absent, most }: Field<unknown>, encoding: Encoding): MessageCodec<unknown> => {
  if (typeof type === 'string') return orAbsent(primitiveCodecs(encoding.flexible)[type], absent)
  if ('struct' in type) {
    const codec = structCodec(type.struct, encoding) as MessageCodec<unknown>
    return absent === null ? orNull(codec) : codec
  }
  return orAbsent(arrayCodec(type.arrayOf, encoding, most), absent)
}

const arrayCodec = (arrayOf: ElementType, encoding: Encoding, most?: number): MessageCodec<unknown> => {
  const ofValues = typeof arrayOf === 'string'
  const element = (
    typeof arrayOf === 'string'
      ? orAbsent(primitiveCodecs(encoding.flexible)[arrayOf], '')
      : structCodec(arrayOf, encoding)
  ) as MessageCodec<unknown>
  const slices = ofValues ? {} : { readInSlices: inSlices(element, encoding, most) }
  return encoding.flexible
    ? {
        ...slices,
        leastBytes: 1,
        read: (reader) => reader.compactNullableArray(element.leastBytes, () => element.read(reader), ofValues, most),
        write: (writer, value) => {
          if (value === null) writer.uvarint(0)
          else writer.compactArray(value as readonly unknown[], (item) => element.write(writer, item))
        }
      }
    : {
        ...slices,
        leastBytes: 4,
        read: (reader) => reader.nullableArray(element.leastBytes, () => element.read(reader), ofValues, most),
        write: (writer, value) => {
          if (value === null) writer.int32(-1)
          else writer.array(value as readonly unknown[], (item) => element.write(writer, item))
        }
      }
}

const inSlices = (element: MessageCodec<unknown>, { flexible }: Encoding, most?: number) =>
  function* (reader: ResponseReader): Slices<unknown> {
    const count = reader.structures(flexible, element.leastBytes, most)
    if (count === null) return null
    const items: unknown[] = []
    while (items.length < count) {
      if (reader.isSliceOver()) yield
      items.push(element.readInSlices === undefined ? element.read(reader) : yield* element.readInSlices(reader))
    }
    return items
  }

/** A structure that may be null: a byte says whether it is present. */
const orNull = (codec: MessageCodec<unknown>): MessageCodec<unknown> => ({
  leastBytes: 1,
  read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
  write: (writer, value) => {
    writer.int8(value === null ? -1 : 1)
    if (value !== null) codec.write(writer, value)
  }
})

/** Reads null as the empty value where Kafka does not allow null: other brokers send it. */
const orAbsent = (codec: MessageCodec<unknown>, absent: unknown): MessageCodec<unknown> => {
  const { readInSlices } = codec
  const read = (reader: ResponseReader): unknown => codec.read(reader) ?? absent
  if (readInSlices === undefined) return { ...codec, read }
  return {
    ...codec,
    read,
    readInSlices: function* (reader): Slices<unknown> {
      return (yield* readInSlices(reader)) ?? absent
    }
  }
}

const primitiveCodecs = (flexible: boolean): Readonly<Record<Primitive, MessageCodec<unknown>>> => ({
  ...fixed,
  ...(flexible ? compact : classic)
})

const codec = <A>(
  leastBytes: number,
  read: (reader: ResponseReader) => A,
  write: (writer: RequestWriter, value: NonNullable<A>) => unknown,
  writeNull?: (writer: RequestWriter) => unknown
): MessageCodec<unknown> => ({
  leastBytes,
  read,
  write: (writer, value) => {
    if (value === null && writeNull !== undefined) writeNull(writer)
    else write(writer, value as NonNullable<A>)
  }
})

const fixed = {
  bool: codec(
    1,
    (reader) => reader.boolean(),
    (writer, value) => writer.boolean(value)
  ),
  int8: codec(
    1,
    (reader) => reader.int8(),
    (writer, value) => writer.int8(value)
  ),
  int16: codec(
    2,
    (reader) => reader.int16(),
    (writer, value) => writer.int16(value)
  ),
  int32: codec(
    4,
    (reader) => reader.int32(),
    (writer, value) => writer.int32(value)
  ),
  int64: codec(
    8,
    (reader) => reader.int64(),
    (writer, value) => writer.int64(value)
  ),
  uuid: codec(
    16,
    (reader) => reader.uuid(),
    (writer, value) => writer.uuid(value),
    (writer) => writer.uuid(null)
  )
}
const classic = {
  string: codec(
    2,
    (reader) => reader.nullableString(),
    (writer, value) => writer.string(value),
    (writer) => writer.nullableString(null)
  ),
  bytes: codec(
    4,
    (reader) => reader.nullableBytes(),
    (writer, value) => writer.bytes(value),
    (writer) => writer.int32(-1)
  )
}
const compact = {
  string: codec(
    1,
    (reader) => reader.compactNullableString(),
    (writer, value) => writer.compactString(value),
    (writer) => writer.compactNullableString(null)
  ),
  bytes: codec(
    1,
    (reader) => reader.compactNullableBytes(),
    (writer, value) => writer.compactBytes(value),
    (writer) => writer.uvarint(0)
  )
}
