import { describe, expect, it } from 'vitest'
import type { PartitionStatus } from '../../../../src/model/consumer-status.js'
import { troubleOf } from '../../../../src/sources/consumer/partition-status.js'

const status = (more: Partial<PartitionStatus>): PartitionStatus =>
  ({ topic: 'orders', partition: 1, fault: null, heldUpBy: null, oldest: null, ...more }) as PartitionStatus

const oldest = (ageMs: number, held: boolean) => ({ offset: '7', ageMs, lastOperator: 'handle' as const, held })

describe('troubleOf', () => {
  it.each([
    ['nothing of a partition that is well', status({}), null],
    ['nothing of a record that is ten seconds old at most', status({ oldest: oldest(9_999, true) }), null],
    ['what holds a partition up', status({ heldUpBy: 'the breaker is open' }), 'orders/1: the breaker is open'],
    [
      'a record that is worked on for long',
      status({ oldest: oldest(10_000, true) }),
      'orders/1 offset 7 is worked on for 10000 ms'
    ],
    [
      'a record that no operator has',
      status({ oldest: oldest(12_000, false) }),
      'orders/1 offset 7 is not settled for 12000 ms, and no operator has it after handle'
    ],
    [
      'a fault before anything else',
      status({ fault: { reason: 'no leader' } as PartitionStatus['fault'], heldUpBy: 'x' }),
      'orders/1: no leader'
    ]
  ])('says %s', (_what, partition, trouble) => {
    expect(troubleOf([partition])).toBe(trouble)
  })

  it('says the first trouble of several partitions', () => {
    expect(
      troubleOf([status({}), status({ partition: 2, heldUpBy: 'a' }), status({ partition: 3, heldUpBy: 'b' })])
    ).toBe('orders/2: a')
  })
})
