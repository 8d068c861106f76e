import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { PathReporter } from 'io-ts/lib/PathReporter.js'
import { describe, expect, it } from 'vitest'
import { compiled, json } from '../../../src/index.js'

const Order = t.exact(t.intersection([t.type({ id: t.string, amount: t.number }), t.partial({ note: t.string })]))

/** A codec of somebody's own that is told of each of its calls. */
const own = (called: (context: t.Context) => unknown): t.Type<string> =>
  new t.Type(
    'own',
    t.string.is,
    (value, context) => {
      called(context)
      return typeof value === 'string' ? t.success(value) : t.failure(value, context)
    },
    t.identity
  )

/** What libraries do to give a codec another `validate`: its class, tag and props stay. */
const cloneOf = <C extends t.Mixed>(codec: C, changes: object): C =>
  Object.assign(Object.create(Object.getPrototypeOf(codec) as object) as C, codec, changes)

describe('compiled', () => {
  it('returns the same object if nothing in it changes, and a new one without the keys that exact strips', () => {
    const order = { id: 'a', amount: 1, note: 'b' }
    const decoded = compiled(Order).decode(order)
    expect(decoded).toEqual(right(order))
    expect(isLeft(decoded) || decoded.right).toBe(order)
    expect(compiled(Order).decode({ ...order, more: true })).toEqual(right(order))
  })

  it('returns the errors of io-ts, with their contexts', () => {
    const wrong = { id: 1, amount: 'x', note: null }
    expect(compiled(Order).decode(wrong)).toEqual(Order.decode(wrong))
    expect(PathReporter.report(compiled(Order).decode(wrong))).toEqual(PathReporter.report(Order.decode(wrong)))
  })

  it('does not call io-ts for a value that fits', () => {
    // Only io-ts would look for contexts, of which there is none for each of the fields.
    const contexts = new Set<t.Context>()
    const codec = t.type({ a: own((context) => contexts.add(context)), b: t.array(t.string) })
    const { decode } = compiled(codec)
    for (let n = 0; n < 10; n++) expect(decode({ a: 'x', b: ['y'] })._tag).toBe('Right')
    expect(contexts.size).toBe(1)
  })

  it('calls io-ts for a value that does not fit, and then works as before', () => {
    const contexts = new Set<t.Context>()
    const { decode } = compiled(t.type({ a: own((context) => contexts.add(context)) }))
    for (const a of ['x', 1, 'x', 'x']) decode({ a })
    // One that all steps share, and one of io-ts for the value that did not fit.
    expect(contexts.size).toBe(2)
  })

  it.each([
    ['reads it', (context: t.Context) => context[0]?.actual],
    [
      'reads it and swallows what that throws',
      (context: t.Context) => {
        try {
          return context[0]?.actual
        } catch {
          return { strict: false }
        }
      }
    ],
    ['asks for its keys', (context: t.Context) => (Object.keys(context).length > 0 ? context[0]?.actual : {})]
  ])('lets io-ts decode everything if a codec depends on its context: it %s', (_how, whole) => {
    const besideStrict = new t.Type<unknown>(
      'no x beside strict',
      t.unknown.is,
      (value, context) =>
        value === 'x' && (whole(context) as { readonly strict: boolean }).strict
          ? t.failure(value, context)
          : t.success(value),
      t.identity
    )
    const codec = t.type({ strict: t.boolean, value: besideStrict })
    const { decode } = compiled(codec)
    for (const value of ['y', 'x', 'y'])
      for (const strict of [true, false]) expect(decode({ strict, value })).toEqual(codec.decode({ strict, value }))
  })

  it('does not try again what depends on its context', () => {
    const contexts: t.Context[] = []
    const { decode } = compiled(t.type({ a: own((context) => [contexts.push(context), context.length]) }))
    for (let n = 0; n < 3; n++) decode({ a: 'x' })
    // First the one that must not be looked at; then one for each value, which io-ts decodes.
    expect(contexts).toHaveLength(4)
  })

  it('leaves the path in the message of a custom codec to io-ts', () => {
    const placed = new t.Type<string>(
      'placed',
      t.string.is,
      (value, context) =>
        typeof value === 'string'
          ? t.success(value)
          : t.failure(value, context, context.map(({ key }) => key).join('/')),
      t.identity
    )
    const codec = t.type({ list: t.array(placed) })
    expect(compiled(codec).decode({ list: ['a', 1] })).toEqual(codec.decode({ list: ['a', 1] }))
    expect(PathReporter.report(compiled(codec).decode({ list: ['a', 1] }))).toEqual(['/list/1'])
  })

  it('notices a validate that a library has replaced, though class and props are those of io-ts', () => {
    const base = t.type({ a: t.string })
    const validate: t.Validate<unknown, { a: string }> = () => t.success({ a: 'instead' })
    const within = t.array(cloneOf(base, { validate }))
    expect(compiled(within).decode([1])).toEqual(right([{ a: 'instead' }]))
    const alone = cloneOf(base, { validate, decode: (value: unknown) => validate(value, []) })
    expect(compiled(alone).decode(1)).toEqual(right({ a: 'instead' }))
  })

  it('notices a codec with its own decode', () => {
    const codec = cloneOf(t.string, { decode: () => right('instead') })
    expect(compiled(codec).decode('x')).toEqual(right('instead'))
    class Loud extends t.StringType {
      override decode(value: unknown): t.Validation<string> {
        return right(`${String(value)}!`)
      }
    }
    expect(compiled(new Loud()).decode('x')).toEqual(right('x!'))
  })

  it('puts the literal itself into a new object for a value that only equals it', () => {
    const notB = t.refinement(t.string, (name) => name !== 'b')
    const codec = t.record(notB, t.literal(0))
    expect(codec.decode({ a: -0, b: 0 })).toStrictEqual(right({ a: 0 }))
    expect(compiled(codec).decode({ a: -0, b: 0 })).toStrictEqual(right({ a: 0 }))
    expect(compiled(codec).decode({ a: -0 })).toStrictEqual(right({ a: -0 }))
  })

  it('returns unchanged what is not a codec of io-ts', () => {
    const codec = { decode: () => left('too old') }
    expect(compiled(codec)).toBe(codec)
  })

  it('resolves a recursive definition only when a value reaches it', () => {
    interface Tree {
      readonly name: string
      readonly next?: Tree
    }
    let asked = 0
    const Tree: t.Type<Tree> = t.recursion('Tree', () => {
      asked++
      return t.intersection([Name, t.partial({ next: Tree })])
    })
    const { decode } = compiled(t.array(Tree))
    const Name = t.type({ name: t.string })
    expect(asked).toBe(0)
    expect(decode([{ name: 'a', next: { name: 'b', next: { name: 'c' } } }])._tag).toBe('Right')
    expect(decode([{ name: 'a', next: { name: 'b', next: { name: 1 } } }])._tag).toBe('Left')
    expect(asked).toBe(1)
  })

  it('does not catch what a predicate throws', () => {
    const codec = t.refinement(t.string, () => {
      throw new Error('boom')
    })
    expect(() => compiled(codec).decode('x')).toThrow('boom')
  })

  it('is used by json', () => {
    const contexts = new Set<t.Context>()
    const { decode } = json(t.type({ a: own((context) => contexts.add(context)) }))
    for (let n = 0; n < 10; n++) decode(new TextEncoder().encode('{"a":"x"}'))
    expect(contexts.size).toBe(1)
  })
})
