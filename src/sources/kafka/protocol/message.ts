import { type Versions, versionsOf, type VersionsText } from './versions.js'

/** The types of Kafka's message definitions that are used here, by their names there. */
export type Primitive = 'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'string' | 'bytes' | 'uuid'

/** What an array has: values, or structures. */
export type ElementType = Primitive | Fields

/** A field of a request or answer, as a line of Kafka's message definitions says it. */
export interface Field<A> {
  readonly type: Primitive | { readonly arrayOf: ElementType } | { readonly struct: Fields }
  readonly versions: Versions
  /** Its number where it is one of the tagged fields, which may be left out; null where it has its place among the others. */
  readonly tag: number | null
  /** Its value in a version that does not have it, and where a tagged field is left out, or null is sent for what has none. */
  readonly absent: A
  /** A longer list is refused; left out: 1,000,000. */
  readonly most?: number
}

/** Fields in the order in which they stand in the message. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/** A message's value, by its fields' names. */
export type MessageOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer A> ? A : never }

const noBytes: Uint8Array = new Uint8Array(0)

const primitive =
  <A>(type: Primitive, zero: A) =>
  (versions: VersionsText, absent: A = zero): Field<A> => ({ type, versions: versionsOf(versions), tag: null, absent })

export const bool = primitive('bool', false)
export const int8 = primitive('int8', 0)
export const int16 = primitive('int16', 0)
export const int32 = primitive('int32', 0)
export const int64 = primitive('int64', 0n)
export const string = primitive('string', '')
export const bytes = primitive('bytes', noBytes)
/** As Kafka prints it; null where all of it is zero. */
export const uuid = primitive<string | null>('uuid', null)
export const int32s = (versions: VersionsText): Field<readonly number[]> => list(versions, 'int32')
export const int8s = (versions: VersionsText): Field<readonly number[]> => list(versions, 'int8')
export const strings = (versions: VersionsText): Field<readonly string[]> => list(versions, 'string')

const list = <A>(versions: VersionsText, arrayOf: Primitive): Field<readonly A[]> => ({
  type: { arrayOf },
  versions: versionsOf(versions),
  tag: null,
  absent: []
})

/** Structures, each with these fields. */
export const array = <F extends Fields>(versions: VersionsText, fields: F): Field<readonly MessageOf<F>[]> => ({
  type: { arrayOf: fields },
  versions: versionsOf(versions),
  tag: null,
  absent: []
})

/** Structures, of which there are never as many as this: what is made of each takes longer than reading it. */
export const atMost = <F extends Fields>(
  most: number,
  field: Field<readonly MessageOf<F>[]>
): Field<readonly MessageOf<F>[]> => ({ ...field, most })

/** One structure. */
export const struct = <F extends Fields>(
  versions: VersionsText,
  fields: F,
  absent: MessageOf<F>
): Field<MessageOf<F>> => ({
  type: { struct: fields },
  versions: versionsOf(versions),
  tag: null,
  absent
})

/** The field may be null, which looks the same in all versions. */
export const nullable = <A>(field: Field<A>): Field<A | null> => ({ ...field, absent: null })

/** The field is one of the tagged ones. */
export const tagged = <A>(tag: number, field: Field<A>): Field<A> => ({ ...field, tag })
