import { describe, expect, it } from 'vitest'
import { asJson, asText, bytesOf } from '../../../src/cli/formats.js'
import { tableOf } from '../../../src/cli/table.js'
import { logPlaceOf } from '../../../src/cli/places.js'

const now = Date.parse('2026-03-01T12:00:00Z')

describe('a place in a log', () => {
  it.each([
    ['beginning', { at: 'beginning' }],
    ['end', { at: 'end' }],
    ['42', { at: 'offset', offset: 42n }],
    ['9007199254740993', { at: 'offset', offset: 9_007_199_254_740_993n }],
    ['-10', { at: 'last', count: 10 }],
    ['90s', { at: 'time', timestamp: now - 90_000 }],
    ['2h', { at: 'time', timestamp: now - 7_200_000 }],
    ['2026-02-28T00:00:00Z', { at: 'time', timestamp: Date.parse('2026-02-28T00:00:00Z') }]
  ])('is %s', (given, expected) => {
    expect(logPlaceOf('from', given, now)).toEqual(expected)
  })
  it.each(['', 'begin', '1.5', '3w', '2026-13-01', '1e3'])('is not %j', (given) => {
    expect(() => logPlaceOf('from', given, now)).toThrow(/--from takes beginning, end, an offset/)
  })
})

describe('formats', () => {
  const bytes = Buffer.from('{"a":"ä"}')
  it('show bytes in the requested format, and read them back', () => {
    for (const format of ['text', 'json', 'hex', 'base64'] as const)
      expect(bytesOf(asText(bytes, format), format)).toEqual(bytes)
    expect([asJson(bytes, 'json'), asJson(Buffer.from('x'), 'json'), asJson(null, 'json')]).toEqual([
      { a: 'ä' },
      'x',
      null
    ])
  })
  it('refuse input in another format', () => {
    expect([bytesOf('{', 'json'), bytesOf('xyz', 'hex'), bytesOf('abc', 'hex'), bytesOf('?', 'base64')]).toEqual([
      null,
      null,
      null,
      null
    ])
  })
  it('show no raw control characters on a terminal', () => {
    expect(asText(Buffer.from('\u001b[2Jx\ny'), 'text', true)).toBe('\\u001b[2Jx\\u000ay')
  })
})

describe('a table', () => {
  it('has columns as wide as their content, with numbers aligned right', () => {
    expect(
      tableOf(
        ['topic', 'lag'],
        [
          ['orders', 7],
          ['a', 1_200n],
          ['b', null]
        ]
      )
    ).toEqual(['topic    lag', 'orders     7', 'a       1200', 'b          -'])
  })
})
