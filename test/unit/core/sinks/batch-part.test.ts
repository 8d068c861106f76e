import { describe, expect, it } from 'vitest'
import { afterFailure, freshPart, halvesOf } from '../../../../src/core/sinks/batch-part.js'

const permanent = { cause: 'bad', permanent: true }
const passing = { cause: 'busy', permanent: false }

describe('afterFailure', () => {
  it.each([
    ['a failure that may pass is tried again while calls are left', [1, 2], 1, passing, false, 'again'],
    ['then the halves are tried', [1, 2], 0, passing, false, 'halves'],
    ['but not where the failure ends the pipeline anyway', [1, 2], 0, passing, true, 'give up'],
    ['a permanent failure is bisected at once', [1, 2], 5, permanent, false, 'halves'],
    ['also where it ends the pipeline', [1, 2], 5, permanent, true, 'halves'],
    ['a single record is given up', [1], 5, permanent, false, 'give up'],
    ['a single record that calls are left for is tried again', [1], 1, passing, true, 'again']
  ] as const)('%s', (_name, items, left, failure, endsPipeline, expected) => {
    expect(afterFailure(freshPart(items, left), failure, endsPipeline)).toBe(expected)
  })
})

describe('halvesOf', () => {
  it('keeps the order, and gives the first half the middle', () => {
    expect(halvesOf(freshPart([1, 2, 3], 5), permanent, 5).map(({ items }) => items)).toEqual([[1, 2], [3]])
  })

  it('gives halves of a failure that may pass one call each, of a permanent one as many as ever', () => {
    expect(halvesOf(freshPart([1, 2], 0), passing, 5).map(({ left }) => left)).toEqual([1, 1])
    expect(halvesOf(freshPart([1, 2], 0), permanent, 5).map(({ left }) => left)).toEqual([5, 5])
  })
})
