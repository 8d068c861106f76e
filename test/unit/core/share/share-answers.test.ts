import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { AcquiredBatch } from '../../../../src/core/share/acquired-batch.js'
import { ShareFetching } from '../../../../src/core/share/share-fetching.js'
import type { ShareEffect } from '../../../../src/core/share/share-fetching-messages.js'
import type { SharedPartition } from '../../../../src/core/share/share-messages.js'

const place = { topic: 't', topicId: 'T', partition: 0 }
const empty: SharedPartition = {
  topicId: 'T',
  partition: 0,
  code: 0,
  acknowledgeCode: 0,
  currentLeader: null,
  records: new Uint8Array(0),
  acquired: []
}

/** A member that reads one partition of node 1, and what it asks for. */
class Member {
  readonly effects: ShareEffect[] = []
  lockMs = 30_000
  private readonly machine = new ShareFetching({
    groupId: 'g',
    maxInFlight: 10,
    maxPollRecords: 10,
    acquireMode: 'batch_optimized',
    fetchMaxWaitMs: 500,
    fetchMinBytes: 1,
    fetchMaxBytes: 1_000,
    renewForMs: 300_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000,
    random: () => 0.5
  })

  constructor() {
    this.do(this.machine.assign('m', [{ ...place, leader: 1 }], 0))
  }

  /** The last request. */
  get asked(): ShareEffect & { readonly _tag: 'fetch' | 'acknowledge' } {
    const asked = this.effects.findLast((one) => one._tag === 'fetch' || one._tag === 'acknowledge')
    if (asked === undefined) throw new Error('nothing asked')
    return asked
  }
  get batches(): readonly AcquiredBatch[] {
    return this.effects.flatMap((one) => (one._tag === 'acquired' ? one.records.batches : []))
  }
  of<Tag extends ShareEffect['_tag']>(tag: Tag): readonly (ShareEffect & { readonly _tag: Tag })[] {
    return this.effects.filter((one): one is ShareEffect & { readonly _tag: Tag } => one._tag === tag)
  }

  fetched(more: Partial<SharedPartition> = {}, whole: number = code.NONE, now = 0): void {
    const answer = { code: whole, message: null, lockTimeoutMs: this.lockMs, partitions: whole === 0 ? [{ ...empty, ...more }] : [] } // prettier-ignore
    this.do(this.machine.answered(1, this.asked.attempt, { _tag: 'fetch', answer: right(answer) }, now))
  }
  acquire(first: number, last: number, deliveryCount = 1, now = 0): void {
    this.fetched({ acquired: [{ firstOffset: BigInt(first), lastOffset: BigInt(last), deliveryCount }] }, 0, now)
  }
  acknowledged(given: number, now = 0): void {
    const partitions = [{ topicId: 'T', partition: 0, code: given, currentLeader: null }]
    const answer = right({ code: 0, message: null, lockTimeoutMs: 30_000, partitions })
    this.do(this.machine.answered(1, this.asked.attempt, { _tag: 'acknowledge', answer }, now))
  }
  broken(now = 0): void {
    const answer = left({ _tag: 'ConnectionFault', broker: 'b', reason: 'cut' } as const)
    this.do(this.machine.answered(1, this.asked.attempt, { _tag: 'fetch', answer }, now))
  }
  accept(batch: AcquiredBatch | undefined, now = 0): void {
    for (let seq = 0; batch !== undefined && seq < batch.count; seq++) this.do(this.machine.acknowledge(batch, seq, 'accept', now)) // prettier-ignore
  }
  close(): void {
    this.do(this.machine.close(0))
  }
  moved(leader: number): void {
    this.do(this.machine.assign('m', [{ ...place, leader }], 0))
  }
  unassigned(): void {
    this.do(this.machine.assign('m', [], 0))
  }
  memberLost(now = 0): void {
    this.do(this.machine.memberLost(now))
  }
  tick(now: number): void {
    this.do(this.machine.tick(now))
  }

  private do(effects: readonly ShareEffect[]): void {
    this.effects.push(...effects)
  }
}

describe('ShareAnswers', () => {
  it.each([code.SHARE_SESSION_NOT_FOUND, code.INVALID_SHARE_SESSION_EPOCH])(
    'opens another session at once after %s, and says that the locks of the former are lost',
    (given) => {
      const member = new Member()
      member.acquire(0, 1)
      member.fetched({}, given)
      expect(member.of('locks lost').map(({ records, reason }) => [records, reason])).toEqual([[2, 'session over']])
      const { request } = member.asked
      expect([request.sessionEpoch, request.partitions.length]).toEqual([0, 1])
      // Nothing of the former session is acknowledged in the new one.
      member.accept(member.batches[0])
      expect(request.partitions[0]?.acknowledgements).toEqual([])
    }
  )

  it('waits before it asks a broker again that opens no session, and says so', () => {
    const member = new Member()
    member.fetched({}, code.SHARE_SESSION_LIMIT_REACHED)
    expect(member.of('event').map(({ event }) => event._tag)).toEqual(['waiting'])
    expect(member.of('fetch').length).toBe(1)
    member.tick(10_000)
    expect(member.asked.request.sessionEpoch).toBe(0)
    expect(member.of('fetch').length).toBe(2)
  })

  it.each([code.COORDINATOR_NOT_AVAILABLE, code.COORDINATOR_LOAD_IN_PROGRESS, code.NOT_COORDINATOR])(
    'sends again, after a while, what a broker could not store (%s)',
    (given) => {
      const member = new Member()
      member.acquire(0, 3)
      member.accept(member.batches[0])
      member.fetched()
      // What is acknowledged travels with the next fetch.
      member.fetched({ acknowledgeCode: given }, 0, 1_000)
      const asked = member.of('fetch').length
      expect([member.of('acknowledged'), member.of('locks lost')]).toEqual([[], []])
      expect(member.of('event').map(({ event }) => event)).toMatchObject([
        { _tag: 'waiting', reason: 'node 1 cannot store acknowledgements yet', inMs: expect.toSatisfy((ms: number) => ms > 0) } // prettier-ignore
      ])
      member.tick(1_010)
      expect(member.of('fetch').length).toBe(asked)
      member.tick(2_000)
      expect(member.asked.request.partitions).toMatchObject([
        { acknowledgements: [{ firstOffset: 0n, lastOffset: 3n, types: [1] }] }
      ])
      member.fetched({}, 0, 2_000)
      expect(member.of('acknowledged').map(({ event }) => event)).toMatchObject([{ accepted: 4, lost: 0, fault: null }])
      expect(member.of('event').at(-1)?.event).toMatchObject({ _tag: 'recovered', from: 'waiting' })
    }
  )

  it('counts on nothing that a broker could not store before the locks have run out', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.accept(member.batches[0])
    member.fetched()
    member.fetched({ acknowledgeCode: code.COORDINATOR_NOT_AVAILABLE }, 0, 29_990)
    member.tick(30_000)
    expect(member.of('locks lost').map(({ records, reason }) => [records, reason])).toEqual([[2, 'expired']])
    member.tick(31_000)
    expect(member.asked.request.partitions.flatMap(({ acknowledgements }) => acknowledgements)).toEqual([])
  })

  it('waits with what a broker cannot store when it is closed, too', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.fetched()
    member.close()
    expect(member.asked._tag).toBe('fetch')
    member.fetched()
    member.acknowledged(code.NOT_COORDINATOR)
    const sent = member.of('acknowledge').length
    member.tick(1)
    expect(member.of('acknowledge').length).toBe(sent)
    member.tick(2_000)
    expect(member.of('acknowledge').length).toBe(sent + 1)
    member.acknowledged(0, 2_000)
    expect(member.of('acknowledged').map(({ event }) => event)).toMatchObject([{ released: 2, lost: 0 }])
    expect(member.asked.request.sessionEpoch).toBe(-1)
  })

  it('loses the locks of a partition whose leader has moved, and acknowledges nothing of them', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.fetched()
    member.moved(2)
    expect(member.of('locks lost').map(({ records, reason }) => [records, reason])).toEqual([[2, 'leader moved']])
    member.accept(member.batches[0])
    member.tick(1_000)
    const asked = [...member.of('fetch'), ...member.of('acknowledge')]
    const acknowledgements = asked.flatMap(({ request }) => request.partitions.flatMap((one) => one.acknowledgements))
    expect(acknowledgements).toEqual([])
  })

  it('says when a partition can be fetched from again', () => {
    const member = new Member()
    member.fetched({ code: code.UNKNOWN_TOPIC_ID })
    const what = 't/0 cannot be fetched from'
    expect(member.of('event').map(({ event }) => event)).toMatchObject([{ _tag: 'waiting', reason: what }])
    member.tick(1_000)
    member.fetched({}, 0, 1_000)
    expect(member.of('event').map(({ event }) => event)).toMatchObject([
      {},
      { _tag: 'recovered', from: 'waiting', what }
    ])
  })

  it('waits for no partition that it is not assigned any more', () => {
    const member = new Member()
    member.fetched({ code: code.UNKNOWN_TOPIC_ID })
    member.unassigned()
    expect(member.of('event').map(({ event }) => event._tag)).toEqual(['waiting', 'recovered'])
  })

  it('counts acknowledgements as lost whose request has no answer, and sends none of them again', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.fetched()
    member.accept(member.batches[0])
    member.fetched()
    member.tick(1)
    expect(member.asked.request.partitions[0]?.acknowledgements.length).toBe(1)
    member.broken()
    expect(member.of('acknowledged').map(({ event }) => [event.accepted, event.lost])).toEqual([[0, 2]])
    member.tick(10_000)
    expect([member.asked.request.sessionEpoch, member.asked.request.partitions[0]?.acknowledgements]).toEqual([0, []])
  })

  it('does not ask a partition again at once that its broker does not lead, and asks who does', () => {
    const member = new Member()
    member.fetched({ code: code.NOT_LEADER_OR_FOLLOWER, currentLeader: { nodeId: 2, leaderEpoch: 3 } })
    expect(member.of('leader named').map(({ leader }) => leader.nodeId)).toEqual([2])
    expect(member.of('fetch').length).toBe(1)
    member.tick(10_000)
    expect(member.of('fetch').length).toBe(2)
  })

  it('ends if the group, or the topic, is not authorised', () => {
    const [one, other] = [new Member(), new Member()]
    one.fetched({}, code.GROUP_AUTHORIZATION_FAILED)
    other.fetched({ code: code.TOPIC_AUTHORIZATION_FAILED })
    expect([one, other].flatMap((member) => member.of('fatal').map(({ fault }) => fault))).toEqual([
      { _tag: 'AuthorizationFault', resource: 'group', name: 'g' },
      { _tag: 'AuthorizationFault', resource: 'topic', name: 't' }
    ])
  })

  it('loses the former lock of a record that it acquires again, before that is acknowledged in place of the new one', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.acquire(1, 1, 2)
    expect(member.of('locks lost').map(({ records, reason }) => [records, reason])).toEqual([[2, 'expired']])
    expect(member.batches.map(({ locked }) => locked)).toEqual([0, 1])
  })

  it('counts acknowledgements under way as lost when the group has given the member up', () => {
    const member = new Member()
    member.acquire(0, 1)
    member.accept(member.batches[0])
    member.fetched()
    member.memberLost()
    expect(member.of('acknowledged').map(({ event }) => [event.accepted, event.lost])).toEqual([[0, 2]])
  })

  it('sends what was refused for one record again, in halves, and counts only that record as lost', () => {
    const member = new Member()
    member.acquire(0, 3)
    member.accept(member.batches[0])
    member.fetched()
    member.fetched({ acknowledgeCode: code.INVALID_RECORD_STATE })
    const ranges = (): readonly string[] =>
      member.asked.request.partitions.flatMap(({ acknowledgements }) =>
        acknowledgements.map(({ firstOffset, lastOffset }) => `${String(firstOffset)}-${String(lastOffset)}`)
      )
    const seen: string[] = []
    for (let round = 0; round < 4; round++) {
      const now = ranges()
      seen.push(now.join())
      member.acknowledged(
        now.some((range) => range === '0-1' || range === '0-0') ? code.INVALID_RECORD_STATE : code.NONE
      )
    }
    expect(seen).toEqual(['0-1', '0-0', '1-1', '2-3'])
    expect(
      member.batches[0]?.fates().map(({ first, last, fate }) => `${String(first)}-${String(last)} ${fate}`)
    ).toEqual(['0-0 lost', '1-3 accept'])
  })

  it('asks for nothing more once all sessions are closed', () => {
    const member = new Member()
    member.fetched()
    member.fetched()
    member.close()
    member.fetched()
    member.acknowledged(code.NONE)
    expect(member.effects.at(-1)).toEqual({ _tag: 'closed' })
    const before = member.effects.length
    member.tick(1_000)
    member.memberLost()
    expect(member.effects.length).toBe(before)
  })

  it('renews again after a pause what was refused for now, and says so once', () => {
    const member = new Member()
    member.acquire(0, 9)
    member.tick(20_000)
    expect(member.asked.request).toMatchObject({ renews: true })
    member.acknowledged(code.NOT_LEADER_OR_FOLLOWER, 20_000)
    member.tick(20_200)
    expect(member.of('acknowledge').length).toBe(2)
    expect(member.of('event').map(({ event }) => event._tag)).toEqual(['locks not renewed'])
    expect(member.of('refresh metadata').length).toBe(1)
  })

  it('does not wake in a loop when the time to renew is over', () => {
    const member = new Member()
    member.lockMs = 449_700
    member.acquire(0, 9)
    // The renewal was due at 299,800.
    member.tick(300_000)
    expect(member.of('wake').at(-1)?.inMs).toBe(149_700)
  })
})
