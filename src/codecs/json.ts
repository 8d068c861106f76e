import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import {
  type ArgumentRule,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong
} from '../model/check-arguments.js'
import type { DecodeFault } from '../model/record-fault.js'
import { printable, reasonOf } from '../model/printable.js'
import type { Codec } from './codec.js'
import { boundedDecoder, type ValueCodec } from './compiled.js'
import { decodeFault } from './decode-fault.js'
import { duplicateKey } from './duplicate-key.js'
import { asksForInherited, bare } from './inherited-names.js'
import { problemsOf } from './io-ts-problems.js'
import { exceedsDepth, forbiddenKey } from './json-limits.js'
import { TooManyReads } from './limited-reads.js'
import { aCodecOrSchema, decodeBySchema, isStandardSchema, type StandardSchema } from './standard-schema.js'
import { decodeText } from './utf8.js'

/** The limits of accepted texts, so that no record can stop the process. */
export interface JsonOptions {
  /** The maximum size of a text in bytes. @default 1048576 */
  readonly maxBytes?: number
  /** How deep arrays and objects may be nested. @default 1000 */
  readonly maxDepth?: number
  /** `'strip'` removes a byte order mark instead of refusing it. @default 'refuse' */
  readonly byteOrderMark?: 'refuse' | 'strip'
  /** What to do with a duplicate key of an object: take its last value, as `JSON.parse` does, or refuse it. @default 'last' */
  readonly duplicateKeys?: 'last' | 'refuse'
}

const isCount = (given: unknown): boolean => given === Infinity || (Number.isSafeInteger(given) && Number(given) >= 1)
const count: ArgumentRule = { allowed: 'a whole number from 1, or Infinity', holds: isCount }
const oneOf = (...allowed: readonly string[]): ArgumentRule => ({
  allowed: allowed.map((one) => `'${one}'`).join(' or '),
  holds: (given) => allowed.some((one) => one === given)
})

/** `JsonOptions` */
const rules: Readonly<Record<string, ArgumentRule>> = {
  maxBytes: optional(count),
  maxDepth: optional(count),
  byteOrderMark: optional(oneOf('refuse', 'strip')),
  duplicateKeys: optional(oneOf('last', 'refuse'))
}

/**
 * JSON, checked by an io-ts codec (or another that decodes to an Either), or by a schema of zod, valibot, arktype, effect or
 * any other implementation of Standard Schema; the value has the type of the result.
 *
 * Refuses a text that is larger than `maxBytes` (before reading it), nested deeper than `maxDepth`, has a key that could reach
 * a prototype, or is not entirely JSON. The last value of a duplicate key counts, unless `duplicateKeys` refuses it. Null is a
 * fault: see `nullable`. At most ten problems are listed, with their paths; they do not contain values.
 *
 * If an io-ts codec reads a property that every object inherits (`toString`, `constructor`), the objects have no prototype, so
 * that only properties in the text exist.
 *
 * A schema's messages are kept, except that valibot's lose the received value. A schema that returns a promise is a fault.
 *
 * @example
 * deserialize({ value: json(t.type({ id: t.string, amount: finite })) })
 * deserialize({ value: json(z.object({ id: z.string(), amount: z.number() })) })
 */
export const json = <A>(codec: StandardSchema<A> | ValueCodec<A>, options: JsonOptions = {}): Codec<A> => {
  refuseWrong(problemsWith('json: codec', codec, aCodecOrSchema), problemsWithOptions('json', options, rules))
  const { maxBytes = 1_048_576, maxDepth = 1_000, byteOrderMark = 'refuse', duplicateKeys = 'last' } = options
  const decodeValue = isStandardSchema(codec) ? schemaDecoder(codec) : codecDecoder(codec)
  const decode: Codec<A>['decode'] = (bytes) => {
    if (bytes === null) return decodeFault('json', 'null where JSON is expected')
    if (bytes.length === 0) return decodeFault('json', 'empty')
    if (bytes.length > maxBytes)
      return decodeFault('size', `${String(bytes.length)} bytes, at most ${String(maxBytes)} are allowed`)
    const decoded = decodeText(bytes)
    if (isLeft(decoded)) return decoded
    const marked = decoded.right.charCodeAt(0) === 0xfeff
    if (marked && byteOrderMark === 'refuse') return decodeFault('json', 'a byte order mark before the text')
    const text = marked ? decoded.right.slice(1) : decoded.right
    if (exceedsDepth(text, maxDepth)) return decodeFault('json', `nested deeper than ${String(maxDepth)}`)
    const parsed = parse(text)
    if (isLeft(parsed)) return parsed
    const forbidden = forbiddenKey(text, parsed.right)
    if (forbidden !== null) return decodeFault('json', `the key ${printable(forbidden)} is forbidden`)
    const repeated = duplicateKeys === 'refuse' ? duplicateKey(text) : null
    if (repeated !== null) return decodeFault('json', `the key ${printable(repeated)} occurs twice`)
    return decodeValue(parsed.right, text.length)
  }
  return { decode, encode: encoderOf(codec) }
}

/** An io-ts codec encodes its values; with a schema, values are written unchanged. */
const encoderOf =
  <A>(codec: StandardSchema<A> | ValueCodec<A>): NonNullable<Codec<A>['encode']> =>
  (value) => {
    const output = isEncoding(codec) ? codec.encode(value) : value
    const text = JSON.stringify(output) as string | undefined
    if (text === undefined) throw new TypeError(`${typeof output} cannot be written as JSON`)
    return text
  }

const isEncoding = (codec: object): codec is { readonly encode: (value: unknown) => unknown } =>
  'encode' in codec && typeof codec.encode === 'function'

type DecodeValue<A> = (value: unknown, size: number) => Either<DecodeFault, A>

const codecDecoder = <A>(codec: ValueCodec<A>): DecodeValue<A> => {
  const values = boundedDecoder(codec)
  // Determined at the first value: the parts of a recursive codec may not exist before.
  let isBare: boolean | null = null
  return (value, size) => {
    isBare ??= asksForInherited(codec)
    return check(values, isBare ? bare(value) : value, size)
  }
}

const schemaDecoder =
  <A>(schema: StandardSchema<A>): DecodeValue<A> =>
  (value) => {
    // Users' schemas may be untyped, and throw.
    try {
      return decodeBySchema(schema, value)
    } catch (error) {
      return decodeFault('schema', `the schema threw: ${reasonOf(error)}`)
    }
  }

const parse = (text: string): Either<DecodeFault, unknown> => {
  try {
    return right(JSON.parse(text))
  } catch (error) {
    // The engine's message may quote the text, which may contain “position” too: only a place at the very end is the engine's.
    const at = /at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(error instanceof Error ? error.message : '')?.[1]
    return decodeFault('json', at === undefined ? 'it ends too early or is not JSON' : `not JSON at position ${at}`)
  }
}

const check = <A>(
  decode: (value: unknown, size: number) => Either<unknown, A>,
  value: unknown,
  size: number
): Either<DecodeFault, A> => {
  // Users' codecs may be untyped: reading their results may throw.
  try {
    const decoded = decode(value, size)
    if (!isEither(decoded)) return decodeFault('codec', 'the codec returned no Either')
    return isLeft(decoded) ? left({ _tag: 'DecodeFault', stage: 'io-ts', ...problemsOf(decoded.left) }) : decoded
  } catch (error) {
    if (error instanceof TooManyReads)
      return decodeFault(
        'io-ts',
        'it does not fit, or it takes too many steps to find out: give each member of the recursive union a literal of its own under the same key, so that one of them can be chosen'
      )
    return decodeFault('codec', `the codec threw: ${reasonOf(error)}`)
  }
}

const isEither = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '_tag' in value && (value._tag === 'Left' || value._tag === 'Right')
