import { describe, expect, it } from 'vitest'
import { BatchRecords } from '../../../../src/core/producing/batch-records.js'
import { batchLayout as at } from '../../../../src/core/records/batch-header.js'
import type { Compressor } from '../../../../src/core/records/batch-builder.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'

const source = { take: (length: number) => new Uint8Array(length), giveBack: () => undefined }

class Batch extends BatchRecords {
  encode(compressor: Compressor | null = null): Uint8Array {
    return this.finish({}, compressor, crc32c)
  }
}

const callbacks = { written: () => undefined, failed: () => undefined }

/** A batch of so many records. */
const batchOf = (records: number, memory = 1_000): Batch => {
  const batch = new Batch({ topic: 't', partition: 3 }, memory, source)
  for (let index = 0; index < records; index++)
    batch.append({ key: null, value: `r${String(index)}`, headers: [] }, index, callbacks, index)
  return batch
}

describe('BatchRecords', () => {
  it.each([
    ['larger', 1, 0],
    ['no smaller', 0, 0],
    ['smaller', -1, 1]
  ])('is compressed if that makes it smaller: it is %s', (_what, change, codec) => {
    const batch = batchOf(3)
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

  it('accepts no more records once it is encoded, or full', () => {
    const small = batchOf(1, 100)
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
    const batch = batchOf(1, 100)
    expect(batch.growthFor(10)).toBe(0)
    const expected = batch.growthFor(500)

    expect([batch.growFor(500), batch.memory]).toEqual([expected, 100 + expected])
  })
})
