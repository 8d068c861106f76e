import { describe, expect, it } from 'vitest'
import { configChanges, keyAndValue } from '../../../src/cli/config-changes.js'
import { UsageError } from '../../../src/cli/usage-error.js'

describe('configChanges', () => {
  it('sets what has a value, which may contain =, and sets back what has none', () => {
    expect(configChanges(['a=1', 'b=', 'c=x=y'])).toEqual({ set: { a: '1', c: 'x=y' }, unset: ['b'] })
  })

  it.each(['a', '=1', ''])('refuses %j', (given) => {
    expect(() => keyAndValue(given)).toThrow(UsageError)
  })
})
