import { describe, expect, it } from 'vitest'
import { BatchRecords } from '../../../../src/core/producing/batch-records.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import type { Fault } from '../../../../src/model/fault.js'

const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
const source = { take: (length: number) => new Uint8Array(length), giveBack: () => undefined }

class Batch extends BatchRecords {
  encode(): Uint8Array {
    return this.finish({}, null, crc32c)
  }
}

/** A batch of so many records, and what became of each. */
const trial = (records: number, memory = 1_000) => {
  const outcomes: unknown[] = []
  const callbacks = {
    written: (index: number, topic: string, partition: number, offset: bigint) => {
      outcomes.push([index, `${topic}-${String(partition)}`, offset])
    },
    failed: (index: number, fault: Fault) => {
      outcomes.push([index, fault._tag])
    }
  }
  const batch = new Batch({ topic: 't', partition: 3 }, memory, source)
  for (let index = 0; index < records; index++)
    batch.append({ key: null, value: `r${String(index)}`, headers: [] }, index, callbacks, index)
  return { batch, outcomes }
}

describe('BatchRecords', () => {
  it('confirms each record with an offset of its own', () => {
    const { batch, outcomes } = trial(3)
    batch.confirm(40n)

    expect(outcomes).toEqual([
      [0, 't-3', 40n],
      [1, 't-3', 41n],
      [2, 't-3', 42n]
    ])
  })

  it('confirms all with -1 where the broker gives no offset', () => {
    const { batch, outcomes } = trial(2)
    batch.confirm(-1n)

    expect(outcomes).toEqual([
      [0, 't-3', -1n],
      [1, 't-3', -1n]
    ])
  })

  it('fails all for one reason, or each for its own', () => {
    const { batch, outcomes } = trial(2)
    batch.fail(lost)
    batch.failEach([lost, { _tag: 'UsageFault', reason: 'no' }])

    expect(outcomes).toEqual([
      [0, 'ConnectionFault'],
      [1, 'ConnectionFault'],
      [0, 'ConnectionFault'],
      [1, 'UsageFault']
    ])
  })

  it('takes nothing more once it is encoded, or full', () => {
    const small = trial(1, 100).batch
    expect([small.isFull, small.hasRoomFor(10, 0), small.hasRoomFor(60, 0), small.hasRoomFor(60, 300)]).toEqual([
      false,
      true,
      false,
      true
    ])
    small.encode()
    expect([small.isFull, small.hasRoomFor(1, 300)]).toEqual([true, false])
  })

  it('says beforehand how much memory a record would take', () => {
    const { batch } = trial(1, 100)
    expect(batch.growthFor(10)).toBe(0)
    const expected = batch.growthFor(500)

    expect([batch.growFor(500), batch.memory]).toEqual([expected, 100 + expected])
  })
})
