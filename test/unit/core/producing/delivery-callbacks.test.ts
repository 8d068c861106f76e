import { describe, expect, it } from 'vitest'
import { BatchCallbacks } from '../../../../src/core/producing/delivery-callbacks.js'
import type { Fault } from '../../../../src/model/fault.js'

const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
const place = { topic: 't', partition: 3 }

/** The callbacks of so many records, and what they were called with. */
const trial = (records: number) => {
  const outcomes: unknown[] = []
  const callbacks = {
    written: (index: number, topic: string, partition: number, offset: bigint) => {
      outcomes.push([index, `${topic}-${String(partition)}`, offset])
    },
    failed: (index: number, fault: Fault) => {
      outcomes.push([index, fault._tag])
    }
  }
  const batch = new BatchCallbacks()
  for (let index = 0; index < records; index++) batch.add(callbacks, index)
  return { batch, outcomes }
}

describe('BatchCallbacks', () => {
  it('confirms each record with an offset of its own', () => {
    const { batch, outcomes } = trial(3)
    batch.written(place, 40n)

    expect(outcomes).toEqual([
      [0, 't-3', 40n],
      [1, 't-3', 41n],
      [2, 't-3', 42n]
    ])
  })

  it('confirms all with -1 if the broker returns no offset', () => {
    const { batch, outcomes } = trial(2)
    batch.written(place, -1n)

    expect(outcomes).toEqual([
      [0, 't-3', -1n],
      [1, 't-3', -1n]
    ])
  })

  it('fails all for one reason, or each for its own', () => {
    const { batch, outcomes } = trial(2)
    batch.failed(lost)
    batch.failedEach([lost, { _tag: 'UsageFault', reason: 'no' }])

    expect(outcomes).toEqual([
      [0, 'ConnectionFault'],
      [1, 'ConnectionFault'],
      [0, 'ConnectionFault'],
      [1, 'UsageFault']
    ])
  })

  it('moves those of one record to another batch, with its index', () => {
    const { batch, outcomes } = trial(3)
    const apart = new BatchCallbacks()
    batch.move(1, apart)
    apart.written(place, 7n)

    expect(outcomes).toEqual([[1, 't-3', 7n]])
  })
})
