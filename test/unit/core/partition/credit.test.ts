import { describe, expect, it } from 'vitest'
import { creditOf } from '../../../../src/core/partition/credit.js'

const limits = { maxInFlight: 2, maxUncommitted: 5 }

describe('creditOf', () => {
  it.each([
    [0, 0, 'available'],
    [1, 4, 'available'],
    [2, 2, 'no credit'],
    [1, 5, 'commit range full'],
    [2, 5, 'no credit']
  ] as const)('%i in flight, from the oldest to the newest %i: %s', (inFlight, span, expected) => {
    expect(creditOf(limits, { inFlight, span })).toBe(expected)
  })
})
