import { isLeft, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type Codec, type DecodeFault, json, nullable, type StandardSchema } from '../../../src/index.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const faultOf = (codec: Codec<unknown>, text: string): DecodeFault => {
  const result = codec.decode(encode(text))
  return isLeft(result) ? result.left : expect.fail('it was decoded')
}

type Validate = StandardSchema<{ readonly id: string }>['~standard']['validate']
const schema = (validate: Validate): StandardSchema<{ readonly id: string }> => ({
  '~standard': { version: 1, vendor: 'test', validate }
})
const refusing = (...issues: readonly object[]): Codec<unknown> => json(schema(() => ({ issues }) as never))

describe('json of a Standard Schema', () => {
  it('returns what the schema decodes from the text, with the type of the schema', () => {
    const decoded: { readonly id: string } | null = (() => {
      const result = nullable(json(schema((value) => ({ value: { id: `${(value as { id: string }).id}!` } })))).decode(
        encode('{"id":"a"}')
      )
      return isLeft(result) ? expect.fail('refused') : result.right
    })()
    expect(decoded).toEqual({ id: 'a!' })
  })

  it('accepts a schema that is a function, as arktype’s are, and one with its own decode, as zod’s have', () => {
    const standard = schema(() => ({ value: { id: 'a' } }))
    const callable = Object.assign(() => 'called', standard)
    const decoding = { ...standard, decode: () => expect.fail('its own decode gives no Either') }
    expect([json(callable).decode(encode('1')), json(decoding).decode(encode('1'))]).toEqual([
      right({ id: 'a' }),
      right({ id: 'a' })
    ])
  })

  it('lists what does not fit with its path, in each form of path of the standard', () => {
    const fault = faultOf(refusing({ message: 'a', path: ['items', 3, { key: 'price' }] }, { message: 'b' }), '{}')
    expect(fault).toEqual({
      _tag: 'DecodeFault',
      stage: 'schema',
      reason: '2 values do not fit',
      problems: [
        { path: '$.items[3].price', message: 'a' },
        { path: '$', message: 'b' }
      ],
      totalProblems: 2
    })
  })

  it('lists at most ten problems, counts all, and keeps received values out of the messages', () => {
    const many = faultOf(refusing(...Array.from({ length: 50 }, () => ({ message: 'no' }))), '{}')
    expect([many.problems?.length, many.totalProblems]).toEqual([10, 50])
    const received = '"4242-secret"'
    const fault = faultOf(refusing({ message: `Expected number but received ${received}`, received }), '{}')
    expect(fault.problems).toEqual([{ path: '$', message: 'Expected number' }])
  })

  it('refuses an asynchronous schema, whatever its result is', () => {
    const later = json(schema(() => Promise.reject(new Error('nobody hears it'))))
    expect(faultOf(later, '{}')).toMatchObject({
      stage: 'schema',
      reason: expect.stringContaining('the schema is asynchronous')
    })
  })

  it('is also a fault if the schema throws or returns nothing', () => {
    const throwing = json(
      schema(() => {
        throw new Error('broken')
      })
    )
    expect(faultOf(throwing, '{}')).toMatchObject({ stage: 'schema', reason: 'the schema threw: broken' })
    expect(faultOf(json(schema(() => undefined as never)), '{}')).toMatchObject({ stage: 'schema' })
  })

  it('keeps the limits of the text: what is not JSON never reaches the schema', () => {
    const never = json(
      schema(() => expect.fail('it was given')),
      { maxDepth: 2 }
    )
    expect(
      [faultOf(never, '{'), faultOf(never, '[[[1]]]'), faultOf(never, '{"__proto__":1}')].map(({ stage }) => stage)
    ).toEqual(['json', 'json', 'json'])
  })
})
