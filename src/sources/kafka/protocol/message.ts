import { type Versions, versionsOf, type VersionsText } from './versions.js'

/** The used types of Kafka's message definitions, by their names there. */
export type Primitive = 'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'string' | 'bytes' | 'uuid'

/** The elements of an array: values, or structures. */
export type ElementType = Primitive | Fields

/** A field of a request or answer, equivalent to a line in Kafka's message definitions. */
export interface Field<A> {
  readonly type: Primitive | { readonly arrayOf: ElementType } | { readonly struct: Fields }
  readonly versions: Versions
  /** The number of a tagged field, which may be omitted; null for other fields. */
  readonly tag: number | null
  /** The default: for versions without the field, for an omitted tagged field, and for null if the field is not nullable. */
  readonly absent: A
  /** A longer list is refused; default 1,000,000. */
  readonly most?: number
}

/** Fields in the order of the message. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/** A message's value, by field names. */
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
/** In Kafka's notation; null if all bytes are zero. */
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

/** An array of structures with these fields. */
export const array = <F extends Fields>(versions: VersionsText, fields: F): Field<readonly MessageOf<F>[]> => ({
  type: { arrayOf: fields },
  versions: versionsOf(versions),
  tag: null,
  absent: []
})

/** A limit for arrays whose elements take longer to convert than to read. */
export const atMost = <F extends Fields>(
  most: number,
  field: Field<readonly MessageOf<F>[]>
): Field<readonly MessageOf<F>[]> => ({ ...field, most })

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

/** A nullable field, which is encoded the same way in all versions. */
export const nullable = <A>(field: Field<A>): Field<A | null> => ({ ...field, absent: null })

/** A tagged field. */
export const tagged = <A>(tag: number, field: Field<A>): Field<A> => ({ ...field, tag })
