import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { attempt, finite, json, nullable, safeInteger, utf8, type Codec, type DecodeFault } from '../../../src/index.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const Order = t.type({ id: t.string, amount: t.number })
const anything = t.unknown

const faultOf = <A>(codec: Codec<A>, input: string | Uint8Array | null): DecodeFault => {
  const result = codec.decode(typeof input === 'string' ? encode(input) : input)
  if (isLeft(result)) return result.left
  return expect.fail(`it was decoded: ${JSON.stringify(result.right).slice(0, 100)}`)
}
const textOf = (fault: DecodeFault): string =>
  [fault.reason, ...(fault.problems ?? []).flatMap(({ path, message }) => [path, message])].join(' ')

describe('json', () => {
  it('returns what the codec decodes from the text', () => {
    expect(json(Order).decode(encode('{"id":"a","amount":1,"more":true}'))).toEqual(
      right({ id: 'a', amount: 1, more: true })
    )
  })

  it('takes a tombstone only when it is nullable', () => {
    expect(nullable(json(Order)).decode(null)).toEqual(right(null))
    expect(faultOf(json(Order), null)).toMatchObject({ stage: 'json' })
  })

  it('refuses an empty value, which is neither null nor an empty object', () => {
    expect(faultOf(json(anything), '')).toMatchObject({ stage: 'json', reason: 'empty' })
    expect(faultOf(nullable(json(anything)), '')).toMatchObject({ stage: 'json', reason: 'empty' })
  })

  it('refuses what is not UTF-8, with its position, and never inserts U+FFFD', () => {
    expect(faultOf(json(anything), new Uint8Array([0x7b, 0xff, 0xfe, 0x7b]))).toMatchObject({
      stage: 'utf8',
      reason: 'not UTF-8 at byte 1'
    })
    expect(faultOf(utf8, new Uint8Array([0xc3]))).toMatchObject({ stage: 'utf8' })
  })

  it('accepts a U+FFFD that was written, and refuses bad bytes after it', () => {
    expect(utf8.decode(encode('a\ufffdb'))).toEqual(right('a\ufffdb'))
    expect(json(anything).decode(encode('["\ufffd"]'))).toEqual(right(['\ufffd']))
    expect(faultOf(utf8, new Uint8Array([...encode('\ufffd'), 0xff]))).toMatchObject({
      stage: 'utf8',
      reason: 'not UTF-8 at byte 3'
    })
  })

  it('refuses a byte order mark unless stripByteOrderMark is set', () => {
    expect(faultOf(json(anything), '\ufeff{}')).toMatchObject({
      stage: 'json',
      reason: 'a byte order mark before the text'
    })
    expect(json(anything, { byteOrderMark: 'strip' }).decode(encode('\ufeff{}'))).toEqual(right({}))
  })

  it.each(['{"id":', '{} x', '{}{}', '{"a":NaN}', '{/* no */}', "{'a':1}"])(
    'refuses text that is not entirely JSON: %s',
    (text) => {
      expect(faultOf(json(anything), text).stage).toBe('json')
    }
  )

  it.each([
    '{"__proto__":{"x":1}}',
    '{"a":[{"__proto__":{"x":1}}]}',
    '{"\\u005f\\u005fproto\\u005f\\u005f":{"x":1}}',
    '{"constructor":{"prototype":{}}}'
  ])('refuses a key that could reach a prototype: %s', (text) => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (const codec of [
      t.unknown,
      t.record(t.string, t.unknown),
      t.type({}),
      t.exact(t.type({})),
      t.intersection([t.type({}), t.partial({})])
    ])
      expect(faultOf(json(codec), text)).toMatchObject({ stage: 'json', reason: expect.stringContaining('forbidden') })
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })

  it('accepts these words as text, and as keys that reach no prototype', () => {
    const text = '{"a":"__proto__","constructor":"x","b":{"prototype":1}}'
    expect(json(anything).decode(encode(text))).toEqual(right(JSON.parse(text)))
  })

  it.each([1_001, 10_000, 1_000_000])('refuses nesting of %i before the codec sees it', (depth) => {
    expect(faultOf(json(anything, { maxBytes: 4_000_000 }), '['.repeat(depth) + ']'.repeat(depth))).toMatchObject({
      stage: 'json',
      reason: 'nested deeper than 1000'
    })
  })

  it('counts no bracket within a text as nesting', () => {
    expect(isLeft(json(t.string).decode(encode(JSON.stringify('[\\"'.repeat(2_000)))))).toBe(false)
  })

  it('lists ten problems of a hundred thousand, and counts the rest', () => {
    const fault = faultOf(json(t.array(t.number)), JSON.stringify(Array.from({ length: 100_000 }, () => 'x')))
    expect(fault.problems).toHaveLength(10)
    expect(fault.totalProblems).toBe(100_000)
    expect(textOf(fault).length).toBeLessThan(2_048)
  })

  it('never quotes the value, however large it is', () => {
    const fault = faultOf(json(t.number, { maxBytes: 60_000_000 }), JSON.stringify('s3cret'.repeat(8_000_000)))
    expect(textOf(fault).length).toBeLessThanOrEqual(1_024)
    expect(textOf(fault)).not.toContain('s3cret')
  })

  it.each([json(anything), json(anything, { maxBytes: Infinity }), utf8])(
    'refuses 512 MiB by their size, which exceeds what a string can hold',
    (codec: Codec<unknown>) => {
      // Zeros that nobody looks at take no memory.
      expect(faultOf(codec, new Uint8Array(2 ** 29)).stage).toBe('size')
    }
  )

  it('refuses one byte too many before it decodes anything', () => {
    expect(faultOf(json(anything, { maxBytes: 10 }), 'x'.repeat(11))).toMatchObject({ stage: 'size' })
    expect(faultOf(json(anything), new Uint8Array(1_048_577))).toMatchObject({ stage: 'size' })
  })

  it('says where: a field that is missing, of another type, or null', () => {
    const codec = json(t.type({ a: t.type({ b: t.array(t.number) }), c: t.string }))
    expect(faultOf(codec, '{"a":{"b":[1,2,3,"x"]},"c":null}').problems).toEqual([
      { path: '$.a.b[3]', message: 'a string where number is expected' },
      { path: '$.c', message: 'null where string is expected' }
    ])
    expect(faultOf(codec, '{"a":{"b":[]}}').problems).toEqual([
      { path: '$.c', message: 'nothing where string is expected' }
    ])
  })

  it.each([
    ['exact', t.exact(t.intersection([t.type({ a: t.number }), t.type({ b: t.number })])), '$.b'],
    ['readonly', t.readonly(t.intersection([t.type({ a: t.number }), t.type({ b: t.number })])), '$.b'],
    ['refined', t.refinement(t.union([t.type({ b: t.number }), t.string]), () => true), '$']
  ])('names the place in the value, whatever the codec is wrapped in: %s', (_what, codec: t.Mixed, path) => {
    expect(faultOf(json(codec), '{"a":1,"b":"x"}').problems?.map((problem) => problem.path)).toEqual([path])
  })

  it('says once of a union of fifty that no member fits', () => {
    const [first, second, ...others] = Array.from({ length: 50 }, (_, number) => t.literal(number))
    const union = t.union([first as t.Mixed, second as t.Mixed, ...others])
    const fault = faultOf(json(t.type({ kind: union })), '{"kind":"x"}')
    expect([fault.problems, fault.totalProblems]).toEqual([[{ path: '$.kind', message: 'none of 50 fits' }], 1])
  })

  it('drops what the codec does not know only where the codec is exact', () => {
    const text = encode('{"id":"a","amount":1,"more":true}')
    expect(json(t.exact(Order)).decode(text)).toEqual(right({ id: 'a', amount: 1 }))
    expect(json(Order).decode(text)).toEqual(right({ id: 'a', amount: 1, more: true }))
  })

  it.each([
    ['{"a":1,"a":2}', '$.a'],
    ['{"a":{"b":[0,{"c":",{","d":1,"c":2}]}}', '$.a.b[1].c'],
    ['{"a\\"":1,"\\u0061\\"":2}', '$.a"'],
    ['[{"a":1},{"":1,"b":"}","":2}]', '$[1].']
  ])('takes the last of two equal keys, or refuses them if it is configured so: %s', (text, path) => {
    expect(json(anything).decode(encode(text))).toEqual(right(JSON.parse(text)))
    expect(faultOf(json(anything, { duplicateKeys: 'refuse' }), text)).toMatchObject({
      stage: 'json',
      reason: `the key ${path} occurs twice`
    })
  })

  it.each(['{"a":{"a":"a"},"b":[{"a":1},{"a":"\\"a"}]}', '"a"', '[]', ' { "a" : "\\\\" , "b" : [ "a" , "a" ] } '])(
    'finds no duplicate key if there is none: %s',
    (text) => {
      expect(json(anything, { duplicateKeys: 'refuse' }).decode(encode(text))).toEqual(right(JSON.parse(text)))
    }
  )

  const present = t.refinement(t.unknown, (value) => value !== undefined, 'anything')
  const Tree: t.Mixed = t.recursion('Tree', (): t.Mixed =>
    t.intersection([t.type({ toString: present }), t.partial({ below: Tree })])
  )
  it.each([
    ['a property', t.type({ toString: present }), '{}', '$.toString'],
    [
      'one further within',
      t.array(t.exact(t.type({ a: t.type({ constructor: present }) }))),
      '[{"a":{}}]',
      '$[0].a.constructor'
    ],
    ['one of a union', t.union([t.type({ valueOf: present }), t.string]), '{}', '$'],
    ['one of a recursive codec', Tree, '{"toString":1,"below":{}}', '$.below.toString']
  ])('treats %s that only the prototype has as missing', (_what, codec: t.Mixed, text, path) => {
    expect(faultOf(json(codec), text).problems?.map((problem) => problem.path)).toEqual([path])
  })

  it('lets a property that every object inherits be missing, or have the value of the text', () => {
    const Named = t.partial({ constructor: t.string, toString: t.string })
    const [none, one] = ['{}', '{"toString":"x"}'].map((text) => json(Named).decode(encode(text)))
    expect([none, one]).toMatchObject([{ _tag: 'Right', right: {} }, right({ toString: 'x' })])
  })

  it('refuses unsafe integers and infinities if the codec says so', () => {
    expect(faultOf(json(safeInteger), '9007199254740993').problems?.[0]?.message).toBe('unsafe integer')
    expect(faultOf(json(finite), '1e400').problems?.[0]?.message).toBe('not finite')
    expect(json(finite).decode(encode('-0'))).toEqual(right(-0))
    expect(json(finite).decode(encode('1e-400'))).toEqual(right(0))
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      }
    ],
    ['gives undefined', () => undefined],
    ['gives a Promise', () => Promise.resolve(right(1))]
  ])('survives a codec that %s', (_what, decode) => {
    const codec = { decode } as unknown as t.Decoder<unknown, number>
    expect(faultOf(json(codec), '1')).toMatchObject({ stage: 'codec' })
  })

  it('reports a Left that is not of io-ts', () => {
    expect(faultOf(json({ decode: () => left('too old') }), '1')).toMatchObject({ stage: 'io-ts', reason: 'too old' })
  })
})

describe('attempt', () => {
  it('makes the Either the value', () => {
    expect(attempt(json(t.number)).decode(encode('1'))).toEqual(right(right(1)))
    expect(attempt(json(t.number)).decode(encode('{'))).toMatchObject(right({ _tag: 'Left' }))
  })

  it('takes no position from what the engine quotes of the text', () => {
    expect(faultOf(json(anything), '"a" at position 77').reason).toMatch(/at position 4$/)
    expect(faultOf(json(anything), 'at position 77').reason).not.toContain('77')
  })

  it.each([100, 100_000])('takes any depth that maxDepth allows, or refuses it: %i', (depth) => {
    const list: t.Mixed = t.recursion('list', (): t.Mixed => t.array(list))
    const codec = json(list, { maxDepth: Infinity })
    const text = encode('['.repeat(depth) + '{"__proto__":1,"constructor":{}}' + ']'.repeat(depth))
    expect(codec.decode(text)).toMatchObject({ _tag: 'Left' })
    expect(json(anything, { maxDepth: Infinity, duplicateKeys: 'refuse' }).decode(text)).toMatchObject({ _tag: 'Left' })
  })

  describe('by a recursive codec whose members have no tag', () => {
    let looks = 0
    const leaf = new t.Type<unknown>(
      'leaf',
      (value) => value === 1,
      (value, context) => {
        looks++
        return value === 1 ? t.success(1) : t.failure(value, context)
      },
      t.identity
    )
    const Union: t.Mixed = t.recursion('Union', (): t.Mixed =>
      t.union([t.type({ a: Union, b: t.string }), t.type({ a: Union, c: t.string }), t.type({ a: Union }), leaf])
    )
    const Both: t.Mixed = t.recursion('Both', (): t.Mixed =>
      t.union([leaf, t.intersection([t.type({ a: Both }), t.type({ a: Both })])])
    )
    const Placed: t.Mixed = t.recursion('Placed', (): t.Mixed =>
      t.union([
        t.type({ a: Placed, b: t.string }),
        new t.Type(
          'placed',
          t.unknown.is,
          (value, context) =>
            context.length < 1_000 ? t.type({ a: Placed }).validate(value, context) : t.failure(value, context),
          t.identity
        ),
        leaf
      ])
    )
    const nested = (depth: number, within: string): string => '{"a":'.repeat(depth) + within + '}'.repeat(depth)

    it.each([
      ['a union', Union],
      ['an intersection', Both]
    ])('decodes a value with as many steps as it has parts: %s', (_what, codec) => {
      looks = 0
      const text = nested(900, '1')
      expect(json(codec).decode(encode(text))).toEqual(right(JSON.parse(text)))
      expect(looks).toBeLessThan(2_000)
    })

    it.each([
      ['a union', Union],
      ['an intersection', Both],
      ['one that depends on the place', Placed]
    ])('refuses what does not fit, with a bounded number of steps: %s', (_what, codec) => {
      looks = 0
      expect(faultOf(json(codec), nested(60, '2'))).toMatchObject({
        stage: 'io-ts',
        reason: expect.stringContaining('literal of its own')
      })
      expect(looks).toBeLessThan(20_000)
    })

    it('says where a small value does not fit', () => {
      expect(faultOf(json(t.type({ tree: Union })), '{"tree":{"a":2}}').problems).toEqual([
        { path: '$.tree', message: 'none of 4 fits' }
      ])
    })
  })
})
