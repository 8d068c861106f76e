import { expect, it } from 'vitest'
import { HeldRecords } from '../../../../src/core/sinks/held-records.js'

const place = (offset: bigint, partition = 0) => ({ topic: 'orders', partition, offset })

it('concerns a record if one of its order is held, or if it may be held itself', () => {
  const held = new HeldRecords()
  const partition = held.of(place(0n))
  expect([partition.isEmpty, partition.mayConcern(7n, 1)]).toEqual([true, false])
  held.add(place(7n), 1)
  const answers = [partition.mayConcern(8n, 1), partition.mayConcern(8n, 2), partition.mayConcern(7n, 2)]
  expect(answers).toEqual([true, false, true])
  // Without an order only the record itself counts.
  expect([partition.mayConcern(8n, null), partition.mayConcern(6n, null)]).toEqual([false, true])
  held.remove(place(7n), 1)
  expect([partition.isEmpty, partition.mayConcern(8n, 1), partition.mayConcern(6n, null)]).toEqual([true, false, false])
})

it('records of other partitions do not count, and those without order count by their place', () => {
  const held = new HeldRecords()
  held.add(place(3n, 1), null)
  expect([held.of(place(0n)).mayConcern(1n, null), held.of(place(0n, 1)).mayConcern(1n, null)]).toEqual([false, true])
})
