import { describe, expect, it } from 'vitest'
import { capacityFor, ProducerBatch, sequenceAfter } from '../../../../src/core/producing/producer-batch.js'
import { batchLayout as at } from '../../../../src/core/records/batch-header.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import type { Fault } from '../../../../src/model/fault.js'
import { recordsIn, runOf } from '../../../support/record-runs.js'

const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
const times = { createdAt: 0, deadline: 1_000, generation: 0 }
const source = { take: (length: number) => new Uint8Array(length), giveBack: () => undefined }

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
  const batch = new ProducerBatch({ topic: 't', partition: 3 }, memory, source, times)
  for (let index = 0; index < records; index++)
    batch.append({ key: null, value: `r${String(index)}`, headers: [] }, index, callbacks, index)
  return { batch, outcomes }
}
const encoded = (batch: ProducerBatch): DataView => new DataView(batch.encode(false, null, crc32c).slice().buffer)

describe('ProducerBatch', () => {
  it('writes the producer’s id into its bytes, and -1 without one', () => {
    const { batch } = trial(1)
    const anonymous = encoded(batch)
    batch.identity = { producerId: 5n, epoch: 2 }
    batch.sequence = 7
    const known = encoded(batch)
    const identityOf = (view: DataView) => [
      view.getBigInt64(at.producerId),
      view.getInt16(at.producerEpoch),
      view.getInt32(at.baseSequence)
    ]

    expect([identityOf(anonymous), identityOf(known)]).toEqual([
      [-1n, -1, -1],
      [5n, 2, 7]
    ])
  })

  it('is split without a change of its records: a name keeps its byte order mark', () => {
    const headers = [{ name: '\ufeffa', value: new Uint8Array([1]) }]
    const callbacks = { written: () => undefined, failed: () => undefined }
    const batch = new ProducerBatch({ topic: 't', partition: 3 }, 1_000, source, times)
    for (let index = 0; index < 2; index++) batch.append({ key: null, value: 'v', headers }, 0, callbacks, index)
    for (const half of batch.split())
      expect(recordsIn(runOf(half.encode(false, null, crc32c))).map((record) => record.headers)).toEqual([headers])
  })

  it('is split into halves that continue its sequence', () => {
    const { batch, outcomes } = trial(5)
    batch.identity = { producerId: 5n, epoch: 2 }
    batch.sequence = 10
    batch.number = 4
    batch.attempts = 2
    batch.maybeWritten = true
    const halves = batch.split()

    expect(halves.map(({ count, sequence }) => [count, sequence])).toEqual([
      [3, 10],
      [2, 13]
    ])
    for (const half of halves)
      expect(half).toMatchObject({ number: 4, attempts: 2, maybeWritten: true, wholeMaybeWritten: true })
    halves[1].callbacks.written(halves[1], 0n)
    expect(outcomes.map((outcome) => (outcome as readonly unknown[])[0])).toEqual([3, 4])
    expect(runOf(halves[1].encode(false, null, crc32c)).nextOffset).toBe(2n)
  })

  it('has no sequence to continue before it is sent', () => {
    const halves = trial(2).batch.split()

    expect(halves.map(({ sequence, wholeMaybeWritten }) => [sequence, wholeMaybeWritten])).toEqual([
      [-1, false],
      [-1, false]
    ])
  })

  it('is divided by places, and neither part takes more records', () => {
    const { batch, outcomes } = trial(4)
    const [apart, others] = batch.divide((place) => place === 1 || place === 2, 0)
    apart.callbacks.failed(lost)

    expect([apart.count, others.count]).toEqual([2, 2])
    expect(outcomes).toEqual([
      [1, 'ConnectionFault'],
      [2, 'ConnectionFault']
    ])
    expect([apart.memory + others.memory >= batch.memory, others.hasRoomFor(1, 1_000)]).toEqual([true, false])
  })
})

describe('sequenceAfter', () => {
  it('begins again at 0 after the last number of 31 bits', () => {
    expect([sequenceAfter(0, 5), sequenceAfter(2 ** 31 - 1, 1), sequenceAfter(2 ** 31 - 2, 5)]).toEqual([5, 0, 3])
  })
})

describe('capacityFor', () => {
  it('is batch.size, unless a record alone is larger', () => {
    expect([capacityFor(10, 1_000), capacityFor(2_000, 1_000)]).toEqual([1_000, at.records + 2_000])
  })
})
