import { describe, expect, it } from 'vitest'
import { TransactionCoordinator } from '../../../../src/sources/memory/transaction-coordinator.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { ProducerIdentity } from '../../../../src/core/producing/producer-batch.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

/** A coordinator, and what it had done elsewhere. */
class Trial {
  readonly clock = new VirtualClock()
  readonly done: string[] = []
  private lastId = 0n
  readonly coordinator = new TransactionCoordinator(this.clock, {
    newProducerId: () => ++this.lastId,
    mark: ({ partition }, { producerId, epoch }, end) =>
      this.done.push(`${end} ${String(producerId)}/${String(epoch)} in ${String(partition)}`),
    endOffsets: (groupId, producerId, end) => this.done.push(`${end} ${String(producerId)} of ${groupId}`)
  })

  init(as: ProducerIdentity = { producerId: -1n, epoch: -1 }): { readonly code: number } & ProducerIdentity {
    return this.coordinator.init({ transactionalId: 'id', transactionTimeoutMs: 1_000, ...as })
  }

  add(as: ProducerIdentity, partition = 0): number {
    return this.coordinator.addPartitions(asClient(as, 2), [{ topic: 't', partition }])
  }

  end(as: ProducerIdentity, version: 1 | 2 = 2): ReturnType<TransactionCoordinator['end']> {
    return this.coordinator.end({ ...asClient(as, version), commit: true })
  }
}

const asClient = ({ producerId, epoch }: ProducerIdentity, version: 1 | 2) =>
  ({ transactionalId: 'id', version, producerId, epoch }) as const

describe('TransactionCoordinator', () => {
  it('completes a transaction on the turn after its end; until then it is being completed', () => {
    const on = new Trial()
    const one = on.init()
    on.add(one, 0)
    on.add(one, 1)
    on.coordinator.addGroup(asClient(one, 2), 'g')
    const next = on.end(one).identity
    expect(next).toEqual({ producerId: 1n, epoch: 1 })
    expect(on.done).toEqual([])
    expect(on.end(one).code).toBe(code.CONCURRENT_TRANSACTIONS)
    expect(on.init().code).toBe(code.CONCURRENT_TRANSACTIONS)
    expect(on.add(next ?? one)).toBe(code.CONCURRENT_TRANSACTIONS)
    on.clock.advance(0)
    expect(on.done).toEqual(['commit 1/1 in 0', 'commit 1/1 in 1', 'commit 1 of g'])
    expect(on.add(next ?? one)).toBe(code.NONE)
  })

  it('aborts what has taken its time, counted from its first partition, and no later one', () => {
    const on = new Trial()
    const one = on.init()
    on.clock.advance(5_000)
    on.add(one)
    on.clock.advance(999)
    on.add(one, 1)
    expect(on.done).toEqual([])
    on.clock.advance(1)
    expect(on.done).toEqual(['abort 1/1 in 0', 'abort 1/1 in 1'])
    on.clock.advance(60_000)
    expect(on.done).toHaveLength(2)
  })

  it('an end in time takes the deadline with it', () => {
    const on = new Trial()
    const one = on.init()
    on.add(one)
    const next = on.end(one).identity ?? one
    on.clock.advance(999)
    on.add(next)
    on.clock.advance(999)
    expect(on.done).toEqual(['commit 1/1 in 0'])
  })

  it('gives another producer id when the epochs are used up; the marker has the one that nobody was given', () => {
    const on = new Trial()
    let one: ProducerIdentity = on.init()
    while (one.epoch < 32_766) one = on.init()
    on.add(one)
    const next = on.end(one).identity
    expect(next).toEqual({ producerId: 2n, epoch: 0 })
    on.clock.advance(0)
    expect(on.done).toEqual(['commit 1/32767 in 0'])
    // Its answer was lost.
    expect(on.end(one)).toEqual({ code: code.NONE, identity: next })
    expect(on.add(next ?? one)).toBe(code.NONE)
  })

  it('gives another producer id to who asks for an epoch when they are used up, and again if the answer was lost', () => {
    const on = new Trial()
    let one: ProducerIdentity = on.init()
    while (one.epoch < 32_766) one = on.init()
    expect(on.init(one)).toEqual({ code: code.NONE, producerId: 2n, epoch: 0 })
    expect(on.init(one)).toEqual({ code: code.NONE, producerId: 2n, epoch: 0 })
  })

  it('gives whoever has no transactional id a producer id of its own', () => {
    const { coordinator } = new Trial()
    const asked = { transactionalId: null, transactionTimeoutMs: 0, producerId: -1n, epoch: -1 }
    expect([coordinator.init(asked), coordinator.init(asked)]).toMatchObject([
      { code: code.NONE, producerId: 1n, epoch: 0 },
      { code: code.NONE, producerId: 2n, epoch: 0 }
    ])
  })
})
