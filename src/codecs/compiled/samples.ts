import * as t from 'io-ts'

const a = /*#__PURE__*/ t.type({ tag: /*#__PURE__*/ t.literal('a') })
const b = /*#__PURE__*/ t.type({ tag: /*#__PURE__*/ t.literal('b') })

/** One codec of each io-ts combinator. */
export const type: t.InterfaceType<t.Props> = a
export const partial: t.PartialType<t.Props> = /*#__PURE__*/ t.partial({})
export const exact: t.ExactType<t.Any> = /*#__PURE__*/ t.exact(a)
export const array: t.ArrayType<t.Any> = /*#__PURE__*/ t.array(t.string)
export const readonlyArray: t.ReadonlyArrayType<t.Any> = /*#__PURE__*/ t.readonlyArray(t.string)
export const tuple: t.TupleType<t.Any[]> = /*#__PURE__*/ t.tuple([t.string])
export const literal: t.LiteralType<'a'> = /*#__PURE__*/ t.literal('a')
export const keyof: t.KeyofType<{ a: unknown }> = /*#__PURE__*/ t.keyof({ a: null })
export const union: t.UnionType<t.Any[]> = /*#__PURE__*/ t.union([t.string, t.number])
export const taggedUnion: t.UnionType<t.Any[]> & { readonly tag: string } = /*#__PURE__*/ t.union([a, b]) as never
export const intersection: t.IntersectionType<t.Any[]> = /*#__PURE__*/ t.intersection([a, partial])
export const record: t.DictionaryType<t.Any, t.Any> = /*#__PURE__*/ t.record(t.string, t.string)
export const enumeratedRecord: t.DictionaryType<t.Any, t.Any> = /*#__PURE__*/ t.record(keyof, t.string)
export const refinement: t.RefinementType<t.Any> = t.Int
export const recursion: t.RecursiveType<t.Any> = /*#__PURE__*/ t.recursion('', () => a)

/**
 * Whether io-ts created the codec in the same way as the sample. The class alone does not show that: libraries clone a codec
 * with a different `validate`. Functions of one combinator have the same text.
 */
export const like = <C extends t.Any>(codec: t.Decoder<unknown, unknown>, sample: C): codec is C =>
  Object.getPrototypeOf(codec) === Object.getPrototypeOf(sample) && String(codec.validate) === String(sample.validate)
