import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { isListOf } from '../model/check-arguments.js'
import type { ConfigFault, ConfigProblem } from '../model/fault.js'
import { nearestName, unknownName } from '../model/nearest-name.js'
import { printableValue, reasonOf } from '../model/printable.js'
import { Secret } from '../model/secret.js'
import type { ShowValue } from './shown-value.js'

/** A property: the allowed values (the codec's name describes them), and the default. */
export interface Property<A> {
  readonly codec: t.Decoder<unknown, A>
  readonly fallback: A | undefined
  /** The problems within a value that the codec accepts. */
  inspect?(value: A): readonly ConfigProblem[]
  /** A printable form of a value that the codec refuses. */
  readonly shown?: ShowValue
}

export type Properties = Readonly<Record<string, Property<unknown>>>
export type Decoded<P extends Properties> = { readonly [K in keyof P]: P[K] extends Property<infer A> ? A : never }

/** An optional property. */
export const property = <A>(codec: t.Decoder<unknown, A>, fallback: A): Property<A> => ({ codec, fallback })
/** A required property. */
export const required = <A>(
  codec: t.Decoder<unknown, A>,
  inspect: (value: A) => readonly ConfigProblem[] = () => []
): Property<A> => ({ codec, fallback: undefined, inspect })

/** The problem that one of two numeric properties is not less than the other. */
export const checkLess = <N extends string>(
  config: Readonly<Record<N, number>>,
  property: N,
  limit: N
): readonly ConfigProblem[] =>
  config[property] < config[limit]
    ? []
    : [{ property, given: String(config[property]), allowed: `less than ${limit} (${String(config[limit])})` }]

const type = <A>(allowed: string, is: (value: unknown) => value is A): t.Type<A, unknown> =>
  new t.Type(allowed, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity)

/** A whole number within bounds; text such as "5s" is refused. */
export const integer = (from: number, to = Number.MAX_SAFE_INTEGER, unit = ''): t.Type<number, unknown> => {
  const bounds = to === Number.MAX_SAFE_INTEGER ? `from ${String(from)}` : `from ${String(from)} to ${String(to)}`
  return type(
    `a whole number ${unit === '' ? '' : `of ${unit} `}${bounds}`,
    (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to
  )
}
export const milliseconds = (from: number): t.Type<number, unknown> => integer(from, 2 ** 31 - 1, 'ms')
export const bytes = (from: number): t.Type<number, unknown> => integer(from, 2 ** 31 - 1, 'bytes')
export const truth: t.Type<boolean, unknown> = type(
  'true or false',
  (value): value is boolean => typeof value === 'boolean'
)
export const text: t.Type<string, unknown> = type('a text', (value): value is string => typeof value === 'string')
export const name: t.Type<string, unknown> = type(
  'a text that is not empty',
  (value): value is string => typeof value === 'string' && value.trim() !== ''
)
export const oneOf = <A extends string | number>(...values: readonly A[]): t.Type<A, unknown> =>
  type(values.map((value) => JSON.stringify(value)).join(' or '), (value): value is A =>
    values.some((one) => one === value)
  )
export const orNull = <A>(codec: t.Type<A, unknown>): t.Type<A | null, unknown> =>
  type(codec.name, (value): value is A | null => value === null || codec.is(value))
/** Decodes to a copy, since the given list may change later without a check. */
export const listOf = <A>(codec: t.Type<A, unknown>): t.Type<readonly A[], unknown> => {
  const is = (value: unknown): value is readonly A[] => isListOf(value, (item) => codec.is(item)) && value.length > 0
  return new t.Type(
    `a list, not empty, of ${codec.name}`,
    is,
    (value, context) => (is(value) ? t.success([...value]) : t.failure(value, context)),
    t.identity
  )
}
type AnyFunction = (...given: never[]) => unknown
/** A function, whose parameters and result are checked only when it is called. */
export const functionOf = <F extends AnyFunction>(): t.Type<F, unknown> =>
  type('a function', (value): value is F => typeof value === 'function')
export const anyFunction = functionOf<AnyFunction>()

const secretText: t.Type<Secret, unknown> = new t.Type<Secret, unknown>(
  'a text or secret(…)',
  (value): value is Secret => value instanceof Secret,
  (value, context) =>
    value instanceof Secret
      ? t.success(value)
      : typeof value === 'string' && value !== ''
        ? t.success(new Secret(value))
        : t.failure(value, context),
  t.identity
)

/** A secret, or its text, which is wrapped at once so that nothing prints it. */
export const secretProperty: Property<Secret | null> = { ...property(secretText, null), shown: () => '[redacted]' }

/** Decodes a configuration: reports every problem at once, and for an unknown name the known one that it resembles. */
export const decodeProperties = <P extends Properties>(
  properties: P,
  input: unknown,
  check: (decoded: Decoded<P>) => readonly ConfigProblem[],
  aliases: Readonly<Record<string, string>> = {}
): Either<ConfigFault, Decoded<P>> => {
  const unfit = faultOfWhole(input)
  if (unfit !== null) return left(unfit)
  try {
    return decodeGiven(properties, input as Readonly<Record<string, unknown>>, check, aliases)
  } catch (error) {
    return left(unreadable(error))
  }
}

const allFault = (given: string): ConfigFault => ({
  _tag: 'ConfigFault',
  problems: [{ property: 'properties', given, allowed: 'an object of properties' }]
})
/** A getter or proxy of the user has thrown. */
const unreadable = (error: unknown): ConfigFault => allFault(`an object that cannot be read: ${reasonOf(error)}`)

/** Why the input is not an object of properties; null if it is one. */
export const faultOfWhole = (input: unknown): ConfigFault | null => {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return allFault(input === undefined ? 'left out' : printableValue(input))
  try {
    return hasNone({ ...input }, input) ? allFault(Object.prototype.toString.call(input)) : null
  } catch (error) {
    return unreadable(error)
  }
}

/** A Map, or a promise that was not awaited: it has no own properties, so all of its content would be ignored. */
const hasNone = (own: object, input: object): boolean =>
  Object.keys(own).length === 0 && Object.prototype.toString.call(input) !== '[object Object]'

const decodeGiven = <P extends Properties>(
  properties: P,
  given: Readonly<Record<string, unknown>>,
  check: (decoded: Decoded<P>) => readonly ConfigProblem[],
  aliases: Readonly<Record<string, string>>
): Either<ConfigFault, Decoded<P>> => {
  const problems: ConfigProblem[] = unknownNames(Object.keys(properties), given, aliases)
  const decoded: Record<string, unknown> = {}
  for (const [key, expected] of Object.entries(properties)) {
    const { codec, fallback } = expected
    const value = given[key]
    if (value === undefined) {
      if (fallback === undefined) problems.push({ property: key, given: 'left out', allowed: codec.name })
      else decoded[key] = fallback
      continue
    }
    const result = codec.decode(value)
    if (isLeft(result)) {
      problems.push({ property: key, given: (expected.shown ?? printableValue)(value), allowed: codec.name })
    } else {
      decoded[key] = result.right
      problems.push(...(expected.inspect?.(result.right) ?? []))
    }
  }
  // Properties are compared with each other only when each is valid, so that each mistake is reported once.
  const whole = decoded as Decoded<P>
  if (problems.length === 0) problems.push(...check(whole))
  return problems.length === 0 ? right(whole) : left({ _tag: 'ConfigFault', problems })
}

const unknownNames = (
  known: readonly string[],
  given: Readonly<Record<string, unknown>>,
  aliases: Readonly<Record<string, string>>
): ConfigProblem[] =>
  Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => {
      // `__proto__` and the like are not aliases, though every object inherits them.
      const alias = Object.hasOwn(aliases, key) ? aliases[key] : undefined
      return unknownName(key, 'a property that docs/properties.md lists', alias ?? nearestName(key, known))
    })
