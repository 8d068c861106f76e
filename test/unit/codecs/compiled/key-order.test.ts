import { right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { KeyOrders } from '../../../../src/codecs/compiled/key-order.js'
import { compiled } from '../../../../src/index.js'

const field = (key: string): { readonly key: string } => ({ key })
const fields = ['a', 'b', 'c'].map(field)

describe('KeyOrders', () => {
  it('remembers which key follows which, and which fields are still missing', () => {
    const orders = new KeyOrders(fields)
    const b = orders.add(orders.start, 'b')
    expect(b?.field).toBe(fields[1])
    expect(b?.absent).toEqual([field('a'), field('c')])
    expect(orders.start.first).toBe(b)
    const a = orders.add(orders.start, 'a')
    expect([orders.start.first, a?.sibling]).toEqual([a, b])
  })

  it('knows keys that the codec does not name, up to as many as it names, and short ones', () => {
    const orders = new KeyOrders(fields)
    let place = orders.start
    for (const key of ['x', 'y', 'z']) {
      const next = orders.add(place, key)
      expect(next).toMatchObject({ field: null, absent: fields })
      place = next ?? place
    }
    expect(orders.add(place, 'one more')).toBeNull()
    expect(orders.add(orders.start, 'x'.repeat(65))).toBeNull()
  })

  it('remembers at most 128 places, and gives up earlier where objects change', () => {
    const orders = new KeyOrders(fields)
    const added = Array.from({ length: 200 }, (_, n) => orders.add(orders.start, `x${String(n)}`))
    expect(added.filter((place) => place !== null).length).toBeLessThanOrEqual(128)
    expect(orders.pays).toBe(false)
    const changing = new KeyOrders(fields)
    for (let n = 0; n < 16; n++) {
      expect(changing.pays).toBe(true)
      changing.missed()
    }
    expect(changing.pays).toBe(false)
  })
})

describe('compiled, by the order of keys', () => {
  const codec = t.intersection([t.type({ a: t.string, b: t.number, c: t.Int }), t.partial({ d: t.literal('x') })])
  const value = { a: 'a', b: 1, c: 2, d: 'x' } as const

  /** All orders of these keys. */
  const permuted = (keys: readonly string[]): readonly (readonly string[])[] =>
    keys.length < 2
      ? [keys]
      : keys.flatMap((key) => permuted(keys.filter((other) => other !== key)).map((rest) => [key, ...rest]))

  it('accepts any order, also after more orders than are remembered', () => {
    const { decode } = compiled(codec)
    const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const
    for (const order of permuted(names)) {
      const object = Object.fromEntries(order.map((key) => [key, (value as Record<string, unknown>)[key] ?? null]))
      expect(decode(object)).toEqual(right(object))
      for (const wrong of ['a', 'b', 'c', 'd'])
        expect(decode({ ...object, [wrong]: null })).toEqual(codec.decode({ ...object, [wrong]: null }))
    }
  })

  it('asks for the keys that are missing, in any order that it knows', () => {
    const { decode } = compiled(codec)
    expect(decode(value)).toEqual(right(value))
    expect(decode({ a: 'a', b: 1 })).toEqual(codec.decode({ a: 'a', b: 1 }))
    expect(decode({ a: 'a', b: 1, c: 2 })._tag).toBe('Right')
    expect(decode({ a: 'a' })._tag).toBe('Left')
    expect(decode({})._tag).toBe('Left')
  })

  it('sees keys that an object inherits, as io-ts does', () => {
    const inherits: unknown = Object.assign(Object.create({ a: 'a', d: 'y' }) as object, { b: 1, c: 2 })
    const { decode } = compiled(codec)
    for (let n = 0; n < 3; n++) expect(decode(inherits)._tag).toBe(codec.decode(inherits)._tag)
    const fits: unknown = Object.assign(Object.create({ a: 'a' }) as object, { b: 1, c: 2 })
    expect(decode(fits)).toEqual(right(fits))
    const hidden: unknown = Object.defineProperty({ b: 1, c: 2 }, 'a', { value: 'a', enumerable: false })
    expect(decode(hidden)).toEqual(right(hidden))
  })

  it('decodes a value once that a codec creates anew each time', () => {
    let calls = 0
    const Doubled = new t.Type<number, number, unknown>(
      'Doubled',
      t.number.is,
      (given, context) => {
        calls++
        return typeof given === 'number' ? t.success(given * 2) : t.failure(given, context)
      },
      (made) => made / 2
    )
    const { decode } = compiled(t.type({ a: t.string, b: Doubled, c: t.string }))
    const began = 100
    for (let n = 0; n < began; n++) expect(decode({ a: '', b: 2, c: '' })).toEqual(right({ a: '', b: 4, c: '' }))
    // It tries to go by the order for a while, which asks a second time.
    expect(calls).toBeLessThanOrEqual(began + 16)
  })
})
