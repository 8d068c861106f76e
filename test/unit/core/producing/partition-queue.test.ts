import { describe, expect, it } from 'vitest'
import { bareAnswer } from '../../../../src/core/producing/batch-answer.js'
import { PartitionQueue } from '../../../../src/core/producing/partition-queue.js'
import { ProducerBatch, type ProducerIdentity } from '../../../../src/core/producing/producer-batch.js'
import type { QueueSettings } from '../../../../src/core/producing/queue-settings.js'
import { errorCode as code, type ErrorName } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'

const place = { topic: 't', partition: 0 }
const lost: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
const settings: QueueSettings = {
  idempotent: true,
  transactional: false,
  lingerMs: 0,
  batchSize: 1_000,
  maxInFlight: 5,
  retries: 3,
  deliveryTimeoutMs: 1_000
}
const memory = { take: (length: number) => new Uint8Array(length), giveBack: () => undefined }
const callbacks = { written: () => undefined, failed: () => undefined }

class Trial {
  readonly queue: PartitionQueue
  now = 0
  identity: ProducerIdentity | null = { producerId: 1n, epoch: 0 }

  constructor(more: Partial<QueueSettings> = {}) {
    this.queue = new PartitionQueue(place, { ...settings, ...more })
  }
  push(records = 1): ProducerBatch {
    const times = { createdAt: this.now, deadline: this.now + 1_000, generation: 0 }
    const batch = new ProducerBatch(place, 1_000, memory, times)
    for (let index = 0; index < records; index++)
      batch.append({ key: null, value: 'x', headers: [] }, 0, callbacks, index)
    this.queue.push(batch)
    return batch
  }
  /** Sends what may be sent now. */
  send(): ProducerBatch | null {
    const batch = this.queue.ready(this.now, false, this.identity)
    if (batch !== null) this.queue.sent(batch)
    return batch
  }
  answer(batch: ProducerBatch, name: ErrorName, retryAt = 0): readonly string[] {
    return this.queue.answered(batch, bareAnswer(code[name], 0n), retryAt).map(({ _tag }) => _tag)
  }
  /** A producer that the broker knows: one batch has been written. */
  known(): this {
    this.answer(this.sent(), 'NONE')
    return this
  }
  /** A new batch, sent. */
  sent(records = 1): ProducerBatch {
    const batch = this.push(records)
    expect(this.send()).toBe(batch)
    return batch
  }
}
const numbers = (batch: ProducerBatch) => [batch.identity?.epoch, batch.sequence]

describe('PartitionQueue', () => {
  it('sends nothing before it has a producer id, without idempotence at once', () => {
    const trial = new Trial()
    trial.identity = null
    trial.push()
    const plain = new Trial({ idempotent: false })
    plain.identity = null
    plain.push()

    expect([trial.send(), trial.queue.needsOtherThan(null)]).toEqual([null, true])
    expect([plain.send()?.sequence, plain.queue.needsOtherThan(null)]).toEqual([-1, false])
  })

  it('sends the first batch alone, and five once the broker knows the producer', () => {
    const trial = new Trial()
    const first = trial.sent(2)
    trial.push()
    expect(trial.send()).toBeNull()
    trial.answer(first, 'NONE')
    expect(trial.send()?.sequence).toBe(2)
    for (let count = 0; count < 4; count++) trial.sent()
    trial.push()

    expect(trial.send()).toBeNull()
  })

  it('counts batches confirmed since the oldest in flight: the broker remembers only five', () => {
    const trial = new Trial().known()
    const batches = Array.from({ length: 5 }, () => trial.sent())
    for (const batch of batches.slice(1)) expect(trial.answer(batch, 'NONE')).toEqual(['written'])
    trial.push()

    expect(trial.send()).toBeNull()
    trial.answer(batches[0] as ProducerBatch, 'NONE')
    expect(trial.send()).not.toBeNull()
  })

  it('waits for linger.ms, unless the batch is full or a flush waits', () => {
    const trial = new Trial({ lingerMs: 10 })
    const batch = trial.push()

    expect([trial.send(), trial.queue.wakeAt(0)]).toEqual([null, 10])
    expect(trial.queue.ready(0, true, trial.identity)).toBe(batch)
    trial.now = 10
    expect(trial.send()).toBe(batch)
  })

  it('sends a refused batch again under its number, once it is first and its time has come', () => {
    const trial = new Trial().known()
    const [first, second] = [trial.sent(), trial.sent()]
    expect(trial.answer(second, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 100)).toEqual([])
    trial.now = 100
    expect(trial.send()).toBeNull()
    trial.answer(first, 'NONE')
    const before = numbers(second)

    expect([trial.send() === second, second.attempts]).toEqual([true, 2])
    expect(numbers(second)).toEqual(before)
  })

  it('begins the next epoch after a gap in the log, once nothing is in flight', () => {
    const trial = new Trial().known()
    const [first, second] = [trial.sent(), trial.sent()]
    trial.answer(second, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    trial.answer(first, 'OUT_OF_ORDER_SEQUENCE_NUMBER')

    expect([trial.send() === first, ...numbers(first)]).toEqual([true, 1, 0])
    trial.answer(first, 'NONE')
    expect([trial.send() === second, ...numbers(second)]).toEqual([true, 1, 1])
  })

  it('sends a batch that may have been written under its own epoch first', () => {
    const trial = new Trial().known()
    const first = trial.sent()
    trial.now = 500
    const second = trial.sent()
    expect(trial.queue.expire(1_000)).toMatchObject([{ _tag: 'failed', batch: first }])
    trial.queue.unanswered(second, lost, true, 0)
    // What was given up is still under way.
    expect(trial.send()).toBeNull()
    trial.answer(first, 'NONE')

    expect([trial.send() === second, ...numbers(second)]).toEqual([true, 0, 2])
    trial.answer(second, 'NONE')
    expect(numbers(trial.sent())).toEqual([1, 0])
  })

  it('requests another producer id when its epochs are used up', () => {
    const trial = new Trial()
    trial.identity = { producerId: 1n, epoch: 32_767 }
    trial.known()
    trial.answer(trial.sent(), 'INVALID_PRODUCER_EPOCH')
    trial.push()

    expect([trial.send(), trial.queue.needsOtherThan(trial.identity)]).toEqual([null, true])
    trial.identity = { producerId: 2n, epoch: 0 }
    expect(trial.send()?.identity).toEqual(trial.identity)
  })

  it.each<[ErrorName, readonly string[]]>([
    ['NOT_LEADER_OR_FOLLOWER', []],
    ['INVALID_REQUIRED_ACKS', ['failed']],
    ['TOPIC_AUTHORIZATION_FAILED', ['failed']],
    ['MESSAGE_TOO_LARGE', []],
    ['DUPLICATE_SEQUENCE_NUMBER', ['written']]
  ])('of a batch of two records that is answered with %s settles: %j', (name, settled) => {
    const trial = new Trial().known()

    expect(trial.answer(trial.sent(2), name)).toEqual(settled)
  })

  it('parts what is too large in halves, and fails a single record', () => {
    const trial = new Trial().known()
    trial.answer(trial.sent(2), 'MESSAGE_TOO_LARGE')

    expect([trial.queue.length, trial.send()?.count]).toEqual([2, 1])
    expect(trial.answer(trial.queue.head as ProducerBatch, 'MESSAGE_TOO_LARGE')).toEqual(['failed'])
  })

  it('fails the records that the broker names, and sends the others', () => {
    const trial = new Trial().known()
    const batch = trial.sent(3)
    const refused = [{ index: 1, message: 'no' }]
    const settled = trial.queue.answered(batch, { ...bareAnswer(code.INVALID_RECORD), refused }, 0)

    expect(settled).toMatchObject([{ _tag: 'refused', faults: [{ reason: 'INVALID_RECORD: no' }] }])
    expect([trial.send()?.count, trial.queue.head?.identity?.epoch]).toEqual([2, 1])
  })

  it('fails after the configured retries, and says that the record may be in the log', () => {
    const trial = new Trial({ retries: 1 }).known()
    const batch = trial.sent()
    expect(trial.queue.unanswered(batch, lost, true, 0)).toEqual([])
    trial.send()

    expect(trial.queue.unanswered(batch, lost, false, 0)).toMatchObject([
      { _tag: 'failed', fault: { maybeWritten: true } }
    ])
  })

  it('fails batches past delivery.timeout.ms, the oldest first, and ignores late answers', () => {
    const trial = new Trial().known()
    const first = trial.sent()
    trial.now = 500
    trial.push()

    expect(trial.queue.wakeAt(500)).toBe(1_000)
    expect(trial.queue.expire(1_000)).toMatchObject([
      { _tag: 'failed', batch: first, fault: { maybeWritten: true, reason: 'delivery.timeout.ms (1000) is over' } }
    ])
    expect(trial.answer(first, 'NONE')).toEqual([])
    expect(trial.queue.length).toBe(1)
  })

  it('fails all of them at once', () => {
    const trial = new Trial().known()
    trial.sent()
    trial.push()

    expect(trial.queue.failAll(lost).map(({ _tag }) => _tag)).toEqual(['failed', 'failed'])
    expect([trial.queue.isEmpty, trial.queue.recordsOnWire, trial.queue.wakeAt(0)]).toEqual([true, 0, Infinity])
  })

  it('never begins a new epoch within a transaction', () => {
    const trial = new Trial({ transactional: true }).known()

    expect(trial.answer(trial.sent(), 'UNKNOWN_PRODUCER_ID')).toEqual(['failed'])
    trial.push()
    expect(trial.send()).toBeNull()
  })
})
