import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AcquiredBatch } from '../../../../src/core/share/acquired-batch.js'
import { ShareFetching } from '../../../../src/core/share/share-fetching.js'
import type { ShareEffect } from '../../../../src/core/share/share-fetching-messages.js'
import type { AcquireMode } from '../../../../src/core/share/share-messages.js'

/** A member with room for 10 records that reads one partition, whose record batches have 100. */
class Member {
  private readonly machine: ShareFetching
  private batch: AcquiredBatch | null = null
  private fetches: (ShareEffect & { readonly _tag: 'fetch' })[] = []
  private next = 0

  constructor(acquireMode: AcquireMode = 'batch_optimized') {
    this.machine = new ShareFetching({
      groupId: 'g',
      maxInFlight: 10,
      maxPollRecords: 5,
      acquireMode,
      fetchMaxWaitMs: 500,
      fetchMinBytes: 1,
      fetchMaxBytes: 1_000,
      renewForMs: 300_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      random: () => 0.5
    })
    this.perform(this.machine.assign('m', [{ topic: 't', topicId: 'T', partition: 0, leader: 1 }], 0))
  }

  /** The last fetch is answered. */
  acquire(now: number): void {
    const acquired = [{ firstOffset: 0n, lastOffset: 99n, deliveryCount: 1 }]
    const served = { topicId: 'T', partition: 0, code: 0, acknowledgeCode: 0, currentLeader: null } as const
    const partitions = [{ ...served, records: new Uint8Array(0), acquired }]
    const answer = right({ code: 0 as const, message: null, lockTimeoutMs: 30_000, partitions })
    this.perform(this.machine.answered(1, this.fetches.at(-1)?.attempt ?? 0, { _tag: 'fetch', answer }, now))
  }

  accept(records: number, now: number): void {
    for (let one = 0; one < records; one++)
      if (this.batch !== null) this.perform(this.machine.acknowledge(this.batch, this.next++, 'accept', now))
    this.perform(this.machine.tick(now))
  }

  /** How many records each fetch has asked for. */
  get asked(): readonly number[] {
    return this.fetches.map(({ request }) => request.maxRecords)
  }
  get acknowledgedWithFetches(): number {
    return this.fetches.flatMap(({ request }) => request.partitions).flatMap((one) => one.acknowledgements).length
  }

  private perform(effects: readonly ShareEffect[]): void {
    for (const effect of effects) {
      if (effect._tag === 'acquired') [this.batch = null, this.next] = [effect.records.batches[0], 0]
      if (effect._tag === 'fetch') this.fetches.push(effect)
    }
  }
}

describe('ShareFetching', () => {
  it('fetches ahead of a batch larger than max.poll.records if the rest is acknowledged before the answer comes', () => {
    const member = new Member()
    member.acquire(10)
    // 30 records in 5 ms: the other 70 take more than the 10 ms of a fetch.
    member.accept(30, 15)
    expect(member.asked).toEqual([5])
    member.accept(10, 16)
    expect([member.asked, member.acknowledgedWithFetches]).toEqual([[5, 5], 1])
  })

  it('fetches ahead at once if the former batch was acknowledged fast enough', () => {
    const member = new Member()
    member.acquire(10)
    member.accept(100, 15)
    member.acquire(25)
    expect(member.asked).toEqual([5, 5, 5])
  })

  it('waits until a slow handler has room', () => {
    const member = new Member()
    member.acquire(10)
    member.accept(94, 10_000)
    expect(member.asked).toEqual([5])
    member.accept(1, 10_100)
    expect(member.asked).toEqual([5, 5])
  })

  it('fetches nothing ahead under record_limit', () => {
    const member = new Member('record_limit')
    member.acquire(10)
    member.accept(90, 15)
    expect(member.asked).toEqual([5])
  })
})
