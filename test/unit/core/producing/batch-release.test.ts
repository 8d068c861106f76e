import { describe, expect, it } from 'vitest'
import { Accumulator } from '../../../../src/core/producing/accumulator.js'
import { bareAnswer } from '../../../../src/core/producing/batch-answer.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import { recordBound } from '../../../../src/core/records/batch-builder.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'

/** The memory of two batches, the second made after the first was answered. */
const memoryOfTwo = (baseOffset: bigint): readonly [ArrayBufferLike, ArrayBufferLike] => {
  const accumulator = new Accumulator({
    idempotent: false,
    transactional: false,
    lingerMs: 0,
    batchSize: 200,
    maxInFlight: 5,
    retries: 1,
    deliveryTimeoutMs: 1_000,
    bufferMemory: 4_000,
    maxRequestSize: 1_000
  })
  const content = { key: null, value: 'x', headers: [] }
  const callbacks = { written: () => undefined, failed: () => undefined }
  const write = (): ArrayBufferLike => {
    accumulator.add('t', 0, 0, {
      content,
      bound: recordBound(content),
      callbacks,
      index: 0,
      acceptedAt: 0,
      generation: 0
    })
    const [request] = accumulator.take(
      0,
      true,
      () => 1,
      () => true
    )
    const [batch] = request?.batches ?? []
    if (batch === undefined) throw new Error('nothing is to be sent')
    const { buffer } = batch.encode(false, null, crc32c)
    accumulator.answered(batch, bareAnswer(errorCode.NONE, baseOffset), 0)
    return buffer
  }
  return [write(), write()]
}

describe('the bytes of a batch', () => {
  it('are used again once the broker has answered that it is written', () => {
    const [first, second] = memoryOfTwo(7n)
    expect(second).toBe(first)
  })

  it('are not used again without an answer: they may still be in flight', () => {
    const [first, second] = memoryOfTwo(-1n)
    expect(second).not.toBe(first)
  })
})
