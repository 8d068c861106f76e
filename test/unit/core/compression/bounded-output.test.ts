import { describe, expect, it } from 'vitest'
import { BadCompression, BoundedOutput, copyRepeated } from '../../../../src/core/compression/bounded-output.js'

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)
const thrownBy = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('BoundedOutput', () => {
  it('returns what was written, in memory that is not written to later', () => {
    const first = new BoundedOutput(10, 1_000)
    first.literal(bytes(1, 2, 3, 4), 1, 2)
    first.fill(9, 3)
    const done = first.done()
    const second = new BoundedOutput(10, 1_000)
    second.fill(7, 100)
    second.done()

    expect(done).toEqual(bytes(2, 3, 9, 9, 9))
    expect(done.buffer.byteLength).toBe(5)
  })

  it('accepts as much as the limit, and not a byte more', () => {
    const output = new BoundedOutput(1, 100)
    output.fill(1, 100)
    const error = thrownBy(() => {
      output.fill(1, 1)
    })

    expect(error).toBeInstanceOf(BadCompression)
    expect(error).toMatchObject({ oversized: true, message: 'it holds too much' })
    expect(output.done().length).toBe(100)
  })

  it('copies no literal from beyond its input', () => {
    const output = new BoundedOutput(2, 100)

    expect(thrownBy(() => output.literal(bytes(1, 2), 1, 2))).toMatchObject({ oversized: false })
  })

  it('keeps what is written when it grows, and does not allocate more than the limit', () => {
    const limit = 3_000_000
    const output = new BoundedOutput(10, limit)
    for (let written = 0; written < limit; written += 100_000) output.fill(written / 100_000, 100_000)

    expect(output.capacity).toBe(limit)
    const done = output.done()
    expect([done[0], done[100_000], done[limit - 1]]).toEqual([0, 1, 29])
  })

  it('says whether the whole is too large, or only a part of it', () => {
    const output = new BoundedOutput(10, 100)
    output.fill(0, 60)

    expect(output.overrun(30).oversized).toBe(false)
    expect(output.overrun(40).oversized).toBe(true)
  })

  it('gives room for at most what the limit leaves', () => {
    const output = new BoundedOutput(10, 100_000)
    output.room(10 ** 9)

    expect(output.capacity).toBe(100_000)
  })
})

describe('copyRepeated', () => {
  it.each([
    ['within what is there', 3, 2, [1, 2, 3, 1, 2]],
    ['repeats what it has written', 1, 4, [1, 2, 3, 3, 3, 3, 3]],
    ['repeats a pair, and half of it', 2, 5, [1, 2, 3, 2, 3, 2, 3, 2]]
  ])('%s', (_what, distance, count, expected) => {
    const target = new Uint8Array(expected.length)
    target.set([1, 2, 3])
    copyRepeated(target, 3, distance, count)

    expect([...target]).toEqual(expected)
  })
})
