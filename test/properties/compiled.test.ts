import fc from 'fast-check'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { PathReporter } from 'io-ts/lib/PathReporter.js'
import { describe, expect, it } from 'vitest'
import { misfit } from '../../src/codecs/compiled/decoding-step.js'
import { ownStepOf } from '../../src/codecs/compiled/step-of.js'
import { compiled, finite, safeInteger } from '../../src/index.js'

/** A codec, and values that it takes. */
interface Sample {
  readonly codec: t.Mixed
  readonly fits: fc.Arbitrary<unknown>
}

const numberFromText = new t.Type<number, string, unknown>(
  'numberFromText',
  t.number.is,
  (value, context) =>
    typeof value === 'string' && /^-?\d+$/.test(value)
      ? t.success(Number(value))
      : t.failure(value, context, 'no digits'),
  String
)
/** As libraries do it: a clone with a `validate` of its own. */
const withFallback = (codec: t.Mixed, fallback: unknown): t.Mixed => {
  const validate: t.Validate<unknown, unknown> = (value, context) => {
    const decoded = codec.validate(value, context)
    return isLeft(decoded) ? t.success(fallback) : decoded
  }
  const clone = Object.create(Object.getPrototypeOf(codec) as object) as t.Mixed
  return Object.assign(clone, codec, {
    validate,
    decode: (value: unknown) => validate(value, [{ key: '', type: clone, actual: value }])
  })
}

/** io-ts throws when a member has a literal under a key that every object has, as `constructor`. */
const unionOf = (members: readonly t.Mixed[]): t.Mixed => {
  try {
    return t.union(members as [t.Mixed, t.Mixed, ...t.Mixed[]])
  } catch {
    return t.unknown
  }
}

const keys = ['a', 'b', 'kind', 'constructor', '__proto__', '0', 'a b'] as const
const key = fc.constantFrom(...keys)
const literals = ['a', 'b', 'c', '', 0, -0, 1, true, false, NaN] as const
const literal = fc.constantFrom(...literals)
const plain = fc.constantFrom<unknown>(
  '',
  'a',
  'b',
  '12',
  '-3',
  'word',
  0,
  -0,
  1,
  1.5,
  NaN,
  1e400,
  2 ** 60,
  true,
  false,
  null,
  undefined
)
const text = fc.constantFrom('', 'a', 'b', '12', '__proto__', 'word')
const amount = fc.oneof(fc.integer(), fc.constantFrom(-0, 0.5, NaN, Infinity))
const junk = fc.oneof(plain, fc.constant({}), fc.constant([]), fc.constant({ a: 1, kind: 'a' }), fc.constant([1, 'a']))

const leaf = fc.oneof(
  fc.constantFrom<Sample>(
    { codec: t.string, fits: text },
    { codec: t.number, fits: amount },
    { codec: t.boolean, fits: fc.boolean() },
    { codec: t.null, fits: fc.constant(null) },
    { codec: t.undefined, fits: fc.constant(undefined) },
    { codec: t.void, fits: fc.constant(undefined) },
    { codec: t.unknown, fits: junk },
    { codec: t.UnknownArray, fits: fc.array(plain, { maxLength: 2 }) },
    { codec: t.UnknownRecord, fits: fc.dictionary(text, plain, { maxKeys: 2 }) },
    { codec: t.Int, fits: fc.integer() },
    { codec: safeInteger, fits: fc.integer() },
    { codec: finite, fits: fc.integer() },
    { codec: t.keyof({ a: 1, b: 1, '12': 1 }), fits: fc.constantFrom('a', 'b', '12') },
    { codec: numberFromText, fits: fc.constantFrom('1', '-20') },
    { codec: withFallback(t.string, 'instead'), fits: plain },
    { codec: withFallback(t.literal('a'), null), fits: plain },
    { codec: t.refinement(numberFromText, (value) => value > 0), fits: fc.constantFrom('1', '2') }
  ),
  literal.map((value): Sample => ({ codec: t.literal(value), fits: fc.constant(value) })),
  fc.uniqueArray(literal, { minLength: 2, maxLength: 4 }).map((values): Sample => ({
    codec: unionOf(values.map((value) => t.literal(value))),
    fits: fc.constantFrom(...values)
  }))
)

const objectOf = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> => {
  const object: Record<string, unknown> = {}
  // As JSON.parse does, which makes `__proto__` a key like others.
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  return object
}
const propsOf = (fields: readonly (readonly [string, Sample])[]): t.Props =>
  objectOf(fields.map(([name, { codec }]) => [name, codec])) as t.Props
const recordOf = (fields: readonly (readonly [string, Sample])[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.tuple(...fields.map(([name, { fits }]) => fits.map((value) => [name, value] as const))).map(objectOf)

const fieldsOf = (sample: fc.Arbitrary<Sample>): fc.Arbitrary<readonly (readonly [string, Sample])[]> =>
  fc.uniqueArray(fc.tuple(key, sample), { selector: ([name]) => name, maxLength: 4 })

const recordCodec = (sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc.tuple(fieldsOf(sample), fieldsOf(sample), fc.constantFrom('type', 'partial', 'both')).map(([one, other, kind]) => {
    const fits = recordOf(kind === 'type' ? one : kind === 'partial' ? other : [...other, ...one])
    const [type, partial] = [t.type(propsOf(one)), t.partial(propsOf(other))]
    return { codec: kind === 'type' ? type : kind === 'partial' ? partial : t.intersection([type, partial]), fits }
  })

const combined = (sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc.oneof(
    { arbitrary: recordCodec(sample), weight: 3 },
    {
      arbitrary: recordCodec(sample).map(({ codec, fits }): Sample => ({ codec: t.exact(codec as t.HasProps), fits })),
      weight: 3
    },
    sample.map(({ codec, fits }): Sample => ({ codec: t.array(codec), fits: fc.array(fits, { maxLength: 4 }) })),
    sample.map(({ codec, fits }): Sample => ({
      codec: t.readonlyArray(codec),
      fits: fc.array(fits, { maxLength: 4 })
    })),
    fc.array(sample, { minLength: 1, maxLength: 3 }).map((all): Sample => ({
      codec: t.tuple(all.map(({ codec }) => codec) as never),
      fits: fc.tuple(...all.map(({ fits }) => fits))
    })),
    sample.map(({ codec, fits }): Sample => ({
      codec: t.record(t.string, codec),
      fits: fc.array(fc.tuple(key, fits), { maxLength: 4 }).map(objectOf)
    })),
    sample.map(({ codec, fits }): Sample => ({
      codec: t.record(
        t.refinement(t.string, (name) => name !== 'b'),
        codec
      ),
      fits: fc.array(fc.tuple(key, fits), { maxLength: 4 }).map(objectOf)
    })),
    sample.map(({ codec, fits }): Sample => ({
      codec: t.record(numberFromText as unknown as t.Mixed, codec),
      fits: fc.array(fc.tuple(fc.constantFrom('1', '02', 'x'), fits), { maxLength: 4 }).map(objectOf)
    })),
    sample.map(({ codec, fits }): Sample => ({
      codec: t.record(t.union([t.literal('a'), t.keyof({ b: 1 })]), codec),
      fits: fc.tuple(fits, fits).map(([a, b]) => ({ a, b }))
    })),
    fc.array(sample, { minLength: 2, maxLength: 3 }).map((all): Sample => ({
      codec: unionOf(all.map(({ codec }) => codec)),
      fits: fc.oneof(...all.map(({ fits }) => fits))
    })),
    fc.array(sample, { minLength: 2, maxLength: 3 }).map((all): Sample => ({
      codec: t.intersection(all.map(({ codec }) => codec) as never),
      fits: fc.oneof(...all.map(({ fits }) => fits))
    })),
    fc.tuple(fieldsOf(sample), fieldsOf(sample), fc.nat(4)).map(([one, other, how]) => tagged(one, other, how)),
    sample.map(({ codec, fits }): Sample => ({ codec: t.readonly(codec), fits })),
    sample.map(({ codec, fits }): Sample => ({ codec: t.refinement(codec, (value) => value !== 'b'), fits })),
    sample.map(recursive)
  )

const tagged = (one: readonly (readonly [string, Sample])[], other: typeof one, how: number): Sample => {
  const member = (fields: typeof one, ...tags: readonly (string | number)[]): Sample => {
    const rest = fields.filter(([name]) => name !== 'kind')
    const type = (tag: string | number): t.Mixed => t.type({ ...propsOf(rest), kind: t.literal(tag) })
    const codecs = tags.map(type)
    const fits = fc.oneof(
      ...tags.map((tag) => recordOf([...rest, ['kind', { codec: t.unknown, fits: fc.constant(tag) }]]))
    )
    return { codec: codecs.length === 1 ? (codecs[0] ?? t.unknown) : unionOf(codecs), fits }
  }
  const first = member(one, 'a')
  const second = member(other, 'b')
  const third = member(other, 0, 'c')
  const dressed =
    [
      second.codec,
      t.exact(second.codec as t.HasProps),
      t.intersection([second.codec, t.partial({ more: t.string })]),
      t.recursion('second', () => second.codec),
      t.readonly(t.refinement(second.codec, () => true))
    ][how] ?? second.codec
  return { codec: unionOf([first.codec, dressed, third.codec]), fits: fc.oneof(first.fits, second.fits, third.fits) }
}

/** A tree whose nodes carry what the codec takes. */
const recursive = ({ codec, fits }: Sample): Sample => {
  const tree: t.Mixed = t.recursion('tree', (self) =>
    t.exact(t.intersection([t.type({ of: codec }), t.partial({ next: self })]))
  )
  const node = fits.map((of) => ({ of }))
  return {
    codec: tree,
    fits: fc.oneof(
      node,
      fc.tuple(node, node, node).map(([a, b, c]) => ({ ...a, next: { ...b, next: c } }))
    )
  }
}

const sampleOf = (depth: number): fc.Arbitrary<Sample> =>
  depth === 0 ? leaf : fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: combined(sampleOf(depth - 1)), weight: 3 })

/** Names say more than what fast-check would print of codecs. */
const readable = (codec: t.Mixed, value: unknown): { readonly codec: t.Mixed; readonly value: unknown } =>
  Object.defineProperty({ codec, value }, fc.toStringMethod, { value: () => `${codec.name} of ${fc.stringify(value)}` })

interface Change {
  readonly way: readonly number[]
  readonly how: 'replace' | 'remove' | 'add'
  readonly name: string
  readonly by: unknown
}

const change: fc.Arbitrary<Change> = fc.record({
  way: fc.array(fc.nat(3), { maxLength: 4 }),
  how: fc.constantFrom('replace' as const, 'remove' as const, 'add' as const),
  name: fc.constantFrom(...keys, 'more'),
  by: junk
})

/** The value with something in it replaced, left out or added. */
const changed = (value: unknown, { way, ...rest }: Change): unknown => {
  const isList = Array.isArray(value)
  if (typeof value !== 'object' || value === null) return rest.how === 'replace' ? rest.by : value
  const entries: (readonly [string, unknown])[] = Object.entries(value as Record<string, unknown>)
  const [step, ...further] = way
  const at = entries.length === 0 || step === undefined ? -1 : step % entries.length
  const target = entries[at]
  if (target === undefined) {
    if (rest.how === 'replace') return rest.by
    if (rest.how === 'add') entries.push([isList ? String(entries.length) : rest.name, rest.by])
    else entries.pop()
  } else entries[at] = [target[0], changed(target[1], { way: further, ...rest })]
  return isList ? entries.map(([, part]) => part) : objectOf(entries)
}

const trial = (depth: number): fc.Arbitrary<{ readonly codec: t.Mixed; readonly value: unknown }> =>
  sampleOf(depth).chain(({ codec, fits }) =>
    fc
      .tuple(fits, fc.array(change, { maxLength: 2 }))
      .map(([value, changes]) => readable(codec, changes.reduce(changed, value)))
  )

const partsOf = (value: unknown, parts = new Set<unknown>()): ReadonlySet<unknown> => {
  if (typeof value !== 'object' || value === null || parts.has(value)) return parts
  parts.add(value)
  for (const part of Object.values(value)) partsOf(part, parts)
  return parts
}

/** The same down to which objects are those that came in and which are new, the order of keys, -0 and undefined. */
const expectSame = (ours: unknown, theirs: unknown, came: ReadonlySet<unknown>): void => {
  if (Object.is(ours, theirs)) return
  if (typeof theirs !== 'object' || theirs === null || came.has(theirs)) expect(ours).toBe(theirs)
  expect(typeof ours).toBe('object')
  expect(came.has(ours)).toBe(false)
  // A key `__proto__` may have become one.
  expectSame(Object.getPrototypeOf(ours), Object.getPrototypeOf(theirs), came)
  expect(Reflect.ownKeys(ours as object)).toEqual(Reflect.ownKeys(theirs as object))
  for (const name of Object.keys(theirs as object))
    expectSame((ours as Record<string, unknown>)[name], (theirs as Record<string, unknown>)[name], came)
}

describe('compiled', () => {
  it.each([1, 2, 3])('makes of any value what io-ts makes, codecs %i deep', (depth) => {
    const seen = { kept: 0, copied: 0, refused: 0 }
    fc.assert(
      fc.property(trial(depth), ({ codec, value }) => {
        const theirs = codec.decode(value)
        const came = partsOf(value)
        const { decode } = compiled(codec)
        // Twice, since what it learns of the first must not change the second.
        for (const ours of [decode(value), decode(value)]) {
          expect(ours._tag).toBe(theirs._tag)
          if (isRight(ours) && isRight(theirs)) expectSame(ours.right, theirs.right, came)
          else expect(PathReporter.report(ours as t.Validation<unknown>)).toEqual(PathReporter.report(theirs))
          if (isLeft(ours)) expect(ours).toEqual(theirs)
        }
        const step = ownStepOf(codec)
        if (step === null) return
        // The step alone, without io-ts to fall back on.
        const made = step(value)
        if (isLeft(theirs)) seen.refused++
        else if (theirs.right === value) seen.kept++
        else seen.copied++
        if (isLeft(theirs)) expect(made).toBe(misfit)
        else expectSame(made, theirs.right, came)
      }),
      { numRuns: 5_000 }
    )
    expect(Math.min(seen.kept, seen.copied, seen.refused)).toBeGreaterThan(100)
  })
})
