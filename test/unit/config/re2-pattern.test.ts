import { describe, expect, it } from 'vitest'
import { re2PatternOf } from '../../../src/config/re2-pattern.js'

const of = (...patterns: readonly RegExp[]): unknown => {
  const made = re2PatternOf(patterns)
  return made._tag === 'Right' ? made.right : made.left
}

describe('a pattern for RE2/J', () => {
  it('matches whole names, unlike a RegExp', () => {
    expect(of()).toBeNull()
    expect(of(/^payments\./)).toBe('.*(?:(?:^payments\\.)).*')
    expect(of(/orders/i, /^a$/)).toBe('.*(?:(?i:orders)|(?:^a$)).*')
  })

  it('has characters by their numbers in its own way, and groups without their names', () => {
    expect(of(/\u0041\x42\u{1F600}/u)).toBe('.*(?:(?:\\x{0041}\\x42\\x{1F600})).*')
    expect(of(/(?<year>\d{4})-(?:a|b)[\w.-]+?/)).toBe('.*(?:(?:(\\d{4})-(?:a|b)[\\w.-]+?)).*')
  })

  it.each([
    [/a(?=b)/, 'a lookahead ((?=)'],
    [/a(?!b)/, 'a lookahead ((?!)'],
    [/(?<=a)b/, 'a lookbehind ((?<=)'],
    [/(?<!a)b/, 'a lookbehind ((?<!)'],
    [/(a)\1/, 'a reference to a group (\\1)'],
    [/(?<x>a)\k<x>/, 'a reference to a group (\\k<x>)'],
    [/\cA/, 'a control character (\\cA)'],
    [/[^]/, 'an empty class ([^])'],
    [/a{2,1001}/, 'a repetition of more than 1000 ({2,1001})'],
    [/[[:alpha:]]/, 'a class within a class ([[:)'],
    [new RegExp('[a-z]', 'v'), 'the flag v']
  ])('%s is refused, and the unsupported part is named', (pattern, has) => {
    expect(of(/orders/, pattern)).toBe(`${String(pattern)} has ${has}, which the brokers' RE2/J has not`)
  })

  it('accepts escaped brackets, braces that repeat nothing, and 1000 repetitions', () => {
    for (const pattern of [/\(\?=/, /\[\[:/, /a\{2000\}/, /a{1000}/, /x\\1/])
      expect(of(pattern)).toContain(pattern.source)
  })
})
