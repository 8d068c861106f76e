import { describe, expect, it } from 'vitest'
import type { ConsumerRecord } from '../../../../src/index.js'
import { idempotencyKeyOf } from '../../../../src/sinks/http/idempotency-key.js'
import { testPartition } from '../../../../src/testing.js'

const at = (partition: number, ...offsets: readonly number[]): readonly ConsumerRecord[] =>
  offsets.map((offset) => {
    const { deliver, stream } = testPartition({ topic: 'orders', partition, offset: BigInt(offset) })
    stream.subscribe()
    return deliver({ value: 'v' })
  })

describe('the key of a request', () => {
  it('has the places of its records', async () => {
    expect(await idempotencyKeyOf(at(0, 5))).toBe('orders-0-5')
    expect(await idempotencyKeyOf([...at(0, 5, 6, 7, 9), ...at(3, 1)])).toBe('orders-0-5..7,9;orders-3-1')
  })

  it('is short, and another for other records', async () => {
    const many = at(0, ...Array.from({ length: 60 }, (_, index) => 1_000 + index * 2))
    const key = await idempotencyKeyOf(many)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(await idempotencyKeyOf(many)).toBe(key)
    expect(await idempotencyKeyOf(many.slice(1))).not.toBe(key)
  })
})
