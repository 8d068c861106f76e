import { describe, expect, it } from 'vitest'
import { BatchRecords } from '../../../../src/core/producing/batch-records.js'
import { batchLayout as at } from '../../../../src/core/records/batch-header.js'
import type { Compressor } from '../../../../src/core/records/batch-builder.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import type { Fault } from '../../../../src/model/fault.js'

const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
const source = { take: (length: number) => new Uint8Array(length), giveBack: () => undefined }

class Batch extends BatchRecords {
  encode(compressor: Compressor | null = null): Uint8Array {
    return this.finish({}, compressor, crc32c)
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
  it.each([
    ['larger', 1, 0],
    ['no smaller', 0, 0],
    ['smaller', -1, 1]
  ])('is compressed if that makes it smaller: it is %s', (_what, change, codec) => {
    const { batch } = trial(3)
    const plain = batch.encode().slice()
    let calls = 0
    const compressor = {
      codec: 1,
      run: (records: Uint8Array) => {
        calls++
        return new Uint8Array(records.length + change)
      }
    }
    const sent = batch.encode(compressor).slice()
    expect(new DataView(sent.buffer).getInt16(at.attributes)).toBe(codec)
    if (codec === 0) expect(sent).toEqual(plain)
    else expect(sent.length).toBe(plain.length - 1)
    // Sent again it is the same.
    expect([batch.encode(compressor).slice(), calls]).toEqual([sent, 1])
  })

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
