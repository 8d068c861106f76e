import { describe, expect, it } from 'vitest'
import { printable, printableValue, reasonOf } from '../../../src/model/printable.js'

const throwing = {
  toJSON: (): never => {
    throw new Error('no')
  },
  get [Symbol.toStringTag](): string {
    throw new Error('no')
  }
}

describe('printable', () => {
  it.each([
    ['control characters', 'a\u001b[2Jb\n', 'a\\u001b[2Jb\\u000a'],
    ['direction characters', 'a\u202eb', 'a\\u202eb'],
    ['the credentials of an address', 'postgres://me:pw@host/db', 'postgres://[redacted]@host/db'],
    ['a long text', 'x'.repeat(300), `${'x'.repeat(256)}…`]
  ])('shows %s safely', (_what, text, shown) => {
    expect(printable(text)).toBe(shown)
  })
})

describe('printableValue', () => {
  it.each([
    ['a text', 'x', '"x"'],
    ['a bigint', 5n, '5n'],
    ['undefined', undefined, 'undefined'],
    ['a function', () => 1, 'a function'],
    ['a pattern', /a+/, '/a+/'],
    [
      'an object with a secret',
      { user: 'me', password: 'pw', at: 3n },
      '{"user":"me","password":"[redacted]","at":"3n"}'
    ],
    ['an object that JSON cannot express', { toJSON: (): undefined => undefined }, '[object Object]'],
    ['an object that throws', throwing, 'an object that throws when it is read']
  ])('shows %s', (_what, value, shown) => {
    expect(printableValue(value)).toBe(shown)
  })
})

describe('reasonOf', () => {
  it('has the message of an error, its name if that is empty, and any other value as text', () => {
    expect(reasonOf(new Error('broken'))).toBe('broken')
    expect(reasonOf(new RangeError(''))).toBe('RangeError')
    expect(reasonOf({ code: 1 })).toBe('{"code":1}')
    expect(reasonOf(new Error('token abc'), (text) => text.replace('abc', '***'))).toBe('token ***')
  })
})
