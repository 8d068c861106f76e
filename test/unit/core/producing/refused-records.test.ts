import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { Accumulator } from '../../../../src/core/producing/accumulator.js'
import { bareAnswer, type BatchAnswer } from '../../../../src/core/producing/batch-answer.js'
import type { ProducerBatch } from '../../../../src/core/producing/producer-batch.js'
import { recordBound } from '../../../../src/core/records/batch-builder.js'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import type { Fault } from '../../../../src/model/fault.js'

const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }

/** A producer's batches of one partition, and what was told of each record. */
class Writer {
  readonly told: (string | Fault)[] = []
  readonly accumulator: Accumulator

  constructor(transactional = false) {
    this.accumulator = new Accumulator({
      idempotent: true,
      transactional,
      lingerMs: 0,
      batchSize: 1_000,
      maxInFlight: 5,
      retries: 100,
      deliveryTimeoutMs: 1_000,
      bufferMemory: 100_000,
      maxRequestSize: 10_000
    })
    this.accumulator.identify({ producerId: 1n, epoch: 0 })
  }

  give(records: number): void {
    const content = { key: null, value: 'x', headers: [] }
    for (let index = this.told.length, last = index + records; index < last; index++) {
      const callbacks = {
        written: (at: number) => (this.told[at] = 'written'),
        failed: (at: number, fault: Fault) => (this.told[at] = fault)
      }
      this.told.push('waiting')
      this.accumulator.add('t', 0, 0, {
        content,
        bound: recordBound(content),
        callbacks,
        index,
        acceptedAt: 0,
        generation: 0
      })
    }
  }

  /** Sends what is next: epoch, sequence and number of records, and the batch itself. */
  send(): readonly [string, ProducerBatch] {
    const batch = this.accumulator.take(
      0,
      true,
      () => 1,
      () => true
    )[0]?.batches[0]
    if (batch === undefined) throw new Error('nothing is to be sent')
    const view = new DataView(batch.encode(false, null, crc32c).slice().buffer)
    return [`${String(view.getInt16(51))}/${String(view.getInt32(53))}+${String(view.getInt32(57))}`, batch]
  }

  answer(batch: ProducerBatch, answer: BatchAnswer): void {
    this.settle(this.accumulator.answered(batch, answer, 0))
  }

  lose(batch: ProducerBatch): void {
    this.settle(this.accumulator.unanswered(batch, lost, true, 0))
  }

  private settle(settled: ReturnType<Accumulator['answered']>): void {
    for (const one of settled) {
      if (one._tag === 'written') one.batch.callbacks.written(one.batch, one.baseOffset)
      else if (one._tag === 'failed') one.batch.callbacks.failed(one.fault)
      else one.batch.callbacks.failedEach(one.faults)
    }
  }
}

const refusing = (...indices: readonly number[]): BatchAnswer => ({
  ...bareAnswer(code.INVALID_RECORD),
  refused: indices.map((index) => ({ index, message: `no ${String(index)}` }))
})
const written = bareAnswer(code.NONE, 7n)
const isMaybe = { _tag: 'ProduceFault', maybeWritten: true }

describe('records that a broker names as refused', () => {
  it('leave the others to a new epoch: what comes behind has other numbers', () => {
    const on = new Writer()
    on.give(4)
    const [first, batch] = on.send()
    on.answer(batch, refusing(1, 2))
    const [second, others] = on.send()
    on.answer(others, written)
    expect([first, second]).toEqual(['0/0+4', '1/0+2'])
    expect(on.told).toMatchObject([
      'written',
      { reason: 'INVALID_RECORD: no 1' },
      { reason: 'INVALID_RECORD: no 2' },
      'written'
    ])
    expect(on.accumulator.usedBytes).toBe(0)
  })

  it('that the batch does not have are ignored: it is split', () => {
    const on = new Writer()
    on.give(4)
    on.answer(on.send()[1], refusing(4, -1))
    expect(on.send()[0]).toBe('0/0+2')
  })

  describe('of a batch of which an earlier attempt was not answered', () => {
    const doubtful = (): Writer => {
      const on = new Writer()
      on.give(3)
      on.lose(on.send()[1])
      const [again, batch] = on.send()
      expect(again).toBe('0/0+3')
      on.answer(batch, refusing(0))
      return on
    }

    it('the others are sent under the same numbers: the broker accepts them if it has not written the batch', () => {
      const on = doubtful()
      on.give(1)
      const [numbers, others] = on.send()
      expect(numbers).toBe('0/0+2')
      on.answer(others, written)
      expect(on.told).toMatchObject([isMaybe, 'written', 'written', 'waiting'])
      expect(on.send()[0]).toBe('1/0+1')
    })

    it('if it has, and therefore refuses a part of it, they may be written: nothing is written twice', () => {
      const on = doubtful()
      on.give(1)
      on.answer(on.send()[1], bareAnswer(code.OUT_OF_ORDER_SEQUENCE_NUMBER))
      expect(on.told).toMatchObject([isMaybe, isMaybe, isMaybe, 'waiting'])
      expect(on.told[1]).toMatchObject({ permanent: false })
      expect(on.send()[0]).toBe('1/0+1')
    })
  })

  it('a batch that is too large, and of which an earlier attempt was not answered, is split too', () => {
    const on = new Writer()
    on.give(4)
    on.lose(on.send()[1])
    on.answer(on.send()[1], bareAnswer(code.MESSAGE_TOO_LARGE))
    const [first, half] = on.send()
    expect(first).toBe('0/0+2')
    on.answer(half, bareAnswer(code.OUT_OF_ORDER_SEQUENCE_NUMBER))
    const [second, other] = on.send()
    expect(second).toBe('0/2+2')
    on.answer(other, bareAnswer(code.OUT_OF_ORDER_SEQUENCE_NUMBER))
    expect(on.told).toMatchObject([isMaybe, isMaybe, isMaybe, isMaybe])
  })

  it('in a transaction nothing is sent again: it can only be aborted', () => {
    const on = new Writer(true)
    on.give(3)
    on.answer(on.send()[1], refusing(1))
    const along = {
      permanent: false,
      maybeWritten: false,
      reason: expect.stringContaining('can only be aborted') as string
    }
    expect(on.told).toMatchObject([along, { reason: 'INVALID_RECORD: no 1', permanent: true }, along])
    expect(on.accumulator.isEmpty).toBe(true)
    expect(on.accumulator.usedBytes).toBe(0)
  })
})
