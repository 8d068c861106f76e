import { expect, it } from 'vitest'
import { hashOfName } from '../../../../src/core/scheduling/name-hash.js'
import { WaitingRetries, type WaitingRecord } from '../../../../src/core/sinks/waiting-retries.js'

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
  order: hashOfName(lane),
  from,
  first: { topic: 'orders', partition: 0, offset: BigInt(from.slice(from.indexOf('@') + 1)) },
  due
})

it('a record has to wait for the record of its lane that is due last, above its own tier', () => {
  const retries = new WaitingRetries()
  const [first, second, third] = [waiting(1, 0n, 'a', 10), waiting(2, 0n, 'a', 60), waiting(1, 1n, 'a', 20)] as const
  for (const record of [first, second, third, waiting(2, 1n, 'b', 99)]) retries.add(record)
  expect([retries.lastOf('a', 0), retries.lastOf('a', 1), retries.lastOf('a', 2)]).toEqual([second, second, null])
  expect([retries.lastOf('c', 0), retries.firstDue]).toEqual([null, 10])
})

it('only what the group has settled is forgotten', () => {
  const retries = new WaitingRetries()
  for (const record of [waiting(1, 0n, 'a', 10), waiting(1, 1n, 'b', 20), waiting(1, 2n, 'a', 30)]) retries.add(record)
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 2n)
  retries.settledBelow({ topic: 'retry.1', partition: 1 }, 9n)
  retries.settledBelow({ topic: 'retry.2', partition: 0 }, 9n)
  expect([retries.lastOf('a', 0)?.offset, retries.lastOf('b', 0), retries.firstDue]).toEqual([2n, null, 30])
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 3n)
  expect([retries.lastOf('a', 0), retries.firstDue]).toEqual([null, null])
})

it('a copy that was written and then found in the log counts once, identified by its original', () => {
  const retries = new WaitingRetries()
  retries.add(waiting(1, 5n, 'a', 10, 'orders/0@7'))
  retries.add(waiting(1, 5n, 'a', 10, 'orders/0@7'))
  expect([
    retries.copyOf('orders/0@7', 0)?.offset,
    retries.copyOf('orders/0@7', 1),
    retries.copyOf('orders/0@8', 0)
  ]).toEqual([5n, null, null])
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 6n)
  expect(retries.copyOf('orders/0@7', 0)).toBeNull()
})

it('a copy does not count while an earlier record of the lane waits behind it', () => {
  const retries = new WaitingRetries()
  retries.add(waiting(2, 0n, 'a', 60, 'orders/0@7'))
  retries.add(waiting(2, 1n, 'a', 60, 'orders/0@8'))
  // Not settled here yet, though it has moved on.
  retries.add(waiting(1, 4n, 'a', 10, 'orders/0@7'))
  expect([retries.copyOf('orders/0@7', 0)?.tier, retries.copyOf('orders/0@8', 0)?.tier]).toEqual([2, 2])
  retries.add(waiting(1, 5n, 'a', 60, 'orders/0@6'))
  retries.add(waiting(1, 6n, 'b', 60, 'orders/0@1'))
  expect([retries.copyOf('orders/0@6', 0)?.tier, retries.copyOf('orders/0@8', 0)]).toEqual([1, null])
})

it('what is found out of order is forgotten as soon as it is settled', () => {
  const retries = new WaitingRetries()
  for (const offset of [4n, 2n, 3n, 3n, 1n]) retries.add(waiting(1, offset, `lane ${String(offset)}`, Number(offset)))
  expect(retries.firstDue).toBe(1)
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 3n)
  expect([1n, 2n, 3n, 4n].map((offset) => retries.lastOf(`lane ${String(offset)}`, 0)?.offset)).toEqual([
    undefined,
    undefined,
    3n,
    4n
  ])
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 4n)
  expect([retries.lastOf('lane 3', 0), retries.firstDue]).toEqual([null, 4])
})

/** Processor time in ms for so many records of one lane that come, are asked for, and are settled. */
const cost = (records: number): number => {
  const retries = new WaitingRetries()
  const before = process.cpuUsage()
  for (let number = 0; number < records; number++) {
    retries.add(waiting(1, BigInt(number), 'a', 10 + number))
    if (retries.firstDue !== 10 || retries.lastOf('a', 0)?.due !== 10 + number) throw new Error('wrong')
  }
  const step = BigInt(records / 100)
  for (let settled = step; settled <= BigInt(records); settled += step) {
    retries.settledBelow({ topic: 'retry.1', partition: 0 }, settled)
    retries.lastOf('a', 0)
  }
  if (retries.firstDue !== null) throw new Error('something is left')
  return process.cpuUsage(before).user / 1_000
}

it('each of 100,000 records of one lane costs about as much as each of 5,000', () => {
  cost(5_000)
  const few = Math.max(cost(5_000), 5)
  // 20 times as many: a cost that grows with what waits would be 400 times as much.
  expect(cost(100_000) / few).toBeLessThan(120)
})

it('nothing waits before the first is added, and once all are settled', () => {
  const retries = new WaitingRetries()
  expect(retries.isEmpty).toBe(true)
  retries.add(waiting(1, 0n, 'a', 10))
  retries.add(waiting(1, 1n, 'b', 10))
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 1n)
  expect(retries.isEmpty).toBe(false)
  retries.settledBelow({ topic: 'retry.1', partition: 0 }, 2n)
  expect(retries.isEmpty).toBe(true)
})
