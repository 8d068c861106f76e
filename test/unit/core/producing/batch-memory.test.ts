import { describe, expect, it } from 'vitest'
import { BatchMemory } from '../../../../src/core/producing/batch-memory.js'

describe('BatchMemory', () => {
  it('reuses returned memory of the same size', () => {
    const memory = new BatchMemory(16, 1_000)
    const [small, large] = [memory.take(16), memory.take(32)]
    memory.giveBack(small)
    memory.giveBack(large)
    expect(memory.take(32)).toBe(large)
    expect(memory.take(16)).toBe(small)
    expect(memory.take(16)).not.toBe(small)
  })

  it('keeps no more than its limit', () => {
    const memory = new BatchMemory(16, 40)
    const all = [16, 16, 16].map((length) => memory.take(length))
    for (const bytes of all) memory.giveBack(bytes)
    const again = [16, 16, 16].map((length) => memory.take(length))
    expect(again.filter((bytes) => all.includes(bytes))).toHaveLength(2)
  })

  it.each([8, 24, 33])('does not keep rare sizes (%d)', (length) => {
    const memory = new BatchMemory(16, 1_000)
    const odd = memory.take(length)
    memory.giveBack(odd)
    expect(memory.take(length)).not.toBe(odd)
  })
})
