import { expect, it } from 'vitest'
import { Behind, type WaitingRecord } from '../../../../src/core/retries/behind.js'

const waiting = (
  tier: number,
  offset: bigint,
  lane: string,
  due: number,
  from = `${lane}@${String(offset)}`
): WaitingRecord => ({
  tier,
  topic: `retry.${String(tier)}`,
  partition: 0,
  offset,
  lane,
  from,
  due
})

it('a record has to wait for the one of its lane that is due last, above its own tier', () => {
  const behind = new Behind()
  const [first, second, third] = [waiting(1, 0n, 'a', 10), waiting(2, 0n, 'a', 60), waiting(1, 1n, 'a', 20)] as const
  for (const record of [first, second, third, waiting(2, 1n, 'b', 99)]) behind.add(record)
  expect([behind.lastOf('a', 0), behind.lastOf('a', 1), behind.lastOf('a', 2)]).toEqual([second, second, null])
  expect([behind.lastOf('c', 0), behind.firstDue]).toEqual([null, 10])
})

it('what the group has settled is forgotten, and nothing else', () => {
  const behind = new Behind()
  for (const record of [waiting(1, 0n, 'a', 10), waiting(1, 1n, 'b', 20), waiting(1, 2n, 'a', 30)]) behind.add(record)
  behind.settledBelow({ topic: 'retry.1', partition: 0 }, 2n)
  behind.settledBelow({ topic: 'retry.1', partition: 1 }, 9n)
  behind.settledBelow({ topic: 'retry.2', partition: 0 }, 9n)
  expect([behind.lastOf('a', 0)?.offset, behind.lastOf('b', 0), behind.firstDue]).toEqual([2n, null, 30])
  behind.settledBelow({ topic: 'retry.1', partition: 0 }, 3n)
  expect([behind.lastOf('a', 0), behind.firstDue]).toEqual([null, null])
})

it('a copy that was written and then found in the log counts once, and is known by what it is a copy of', () => {
  const behind = new Behind()
  behind.add(waiting(1, 5n, 'a', 10, 'orders/0@7'))
  behind.add(waiting(1, 5n, 'a', 10, 'orders/0@7'))
  expect([
    behind.hasCopyOf('orders/0@7', 0),
    behind.hasCopyOf('orders/0@7', 1),
    behind.hasCopyOf('orders/0@8', 0)
  ]).toEqual([true, false, false])
  behind.settledBelow({ topic: 'retry.1', partition: 0 }, 6n)
  expect(behind.hasCopyOf('orders/0@7', 0)).toBe(false)
})
