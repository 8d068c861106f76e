import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, timer } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code, errorName } from '../../src/core/error-code.js'
import type { ProducerIdentity } from '../../src/core/producing/producer-batch.js'
import { encodeBatch } from '../../src/core/record-batch/encode-batch.js'
import type { FetchedPartition, KafkaCalls, ProducerEpoch, TransactionCalls, TransactionVersion } from '../../src/ports/kafka-calls.js' // prettier-ignore
import { answered } from '../support/answered.js'
import { plainRecord, recordsIn, runOf } from '../support/record-runs.js'

/** Where transactions are asked for: by these rules, in a topic of two partitions that nobody else writes to. */
export interface TransactionRig {
  readonly version: TransactionVersion
  readonly calls: TransactionCalls
  readonly reader: KafkaCalls
  readonly topic: string
  readonly transactionalId: string
  readonly groupId: string
}

interface Rule {
  readonly name: string
  /** left out: under both */
  readonly only?: TransactionVersion
  readonly run: (rig: TransactionRig) => Promise<void>
}

const itself = (given: number): number => given
const ownCode = (answer: { readonly code: number }): number => answer.code
const firstCode = (answer: readonly { readonly code: number }[]): number => answer[0]?.code ?? code.NONE

const nobody: ProducerIdentity = { producerId: -1n, epoch: -1 }

/** Someone who writes in transactions; what the broker says is given by the error's name. */
class Writer {
  readonly rig: TransactionRig
  who: ProducerEpoch
  private leader = -1
  private readonly sequences = new Map<number, number>()

  constructor(rig: TransactionRig) {
    this.rig = rig
    this.who = { transactionalId: rig.transactionalId, version: rig.version, ...nobody }
  }

  /** Takes the id over; `as` is who it says it was. */
  async init(as: ProducerIdentity = nobody, transactionTimeoutMs = 60_000): Promise<string> {
    const { calls, transactionalId } = this.rig
    const { producerId, epoch } = as
    const given = await answered(() => calls.initProducerId({ transactionalId, transactionTimeoutMs, producerId, epoch }), ownCode) // prettier-ignore
    if (given.code === code.NONE) this.become(given)
    return errorName(given.code)
  }

  async add(partition: number): Promise<string> {
    const { calls, topic } = this.rig
    const partitions = [{ topic, partition }]
    return errorName(firstCode(await answered(() => calls.addPartitionsToTxn({ ...this.who, partitions }), firstCode)))
  }

  async write(partition: number, value: string): Promise<string> {
    const { calls, topic } = this.rig
    await this.find()
    const sequence = this.sequences.get(partition) ?? 0
    const bytes = encodeBatch({
      baseOffset: 0n,
      producerId: this.who.producerId,
      producerEpoch: this.who.epoch,
      baseSequence: sequence,
      transactional: true,
      // Kafka begins another segment where times are far apart, as a marker's and 0 are.
      records: [plainRecord(value, { timestamp: Date.now() })]
    })
    const request = { transaction: this.who, acks: 'all', timeoutMs: 10_000, batches: [{ topic, partition, bytes }] } as const // prettier-ignore
    const given = firstCode(await answered(() => calls.produce(this.leader, request), firstCode))
    if (given === code.NONE) this.sequences.set(partition, sequence + 1)
    return errorName(given)
  }

  /** Writes to a partition that belongs to the transaction by that, or is added first. */
  async put(partition: number, value: string): Promise<void> {
    if (this.rig.version === 1) expect(await this.add(partition)).toBe('NONE')
    expect(await this.write(partition, value)).toBe('NONE')
  }

  async addGroup(): Promise<string> {
    const { calls, groupId } = this.rig
    return errorName(await answered(() => calls.addOffsetsToTxn({ ...this.who, groupId }), itself))
  }

  async commitOffset(offset: bigint, member: { generation?: number; memberId?: string } = {}): Promise<string> {
    const { calls, groupId, topic } = this.rig
    const offsets = [{ topic, partition: 0, offset, leaderEpoch: -1, metadata: 'm' }]
    const outside = { groupId, generation: -1, memberId: '', groupInstanceId: null }
    const request = { ...this.who, ...outside, ...member, offsets }
    return errorName(firstCode(await answered(() => calls.txnOffsetCommit(request), firstCode)))
  }

  async putOffset(offset: bigint): Promise<void> {
    if (this.rig.version === 1) expect(await this.addGroup()).toBe('NONE')
    expect(await this.commitOffset(offset)).toBe('NONE')
  }

  async end(end: 'commit' | 'abort'): Promise<string> {
    const { calls } = this.rig
    const given = await answered(() => calls.endTxn({ ...this.who, commit: end === 'commit' }), ownCode)
    if (given.identity !== null) this.become(given.identity)
    return errorName(given.code)
  }

  private become({ producerId, epoch }: ProducerIdentity): void {
    this.who = { ...this.who, producerId, epoch }
    this.sequences.clear()
  }

  private async find(): Promise<void> {
    const { calls, topic } = this.rig
    for (let tries = 0; this.leader < 0 && tries < 50; tries++) {
      const found = await firstValueFrom(calls.metadata([topic]))
      if (isRight(found)) this.leader = found.right.topics[0]?.partitions[0]?.leader ?? -1
    }
  }
}

/** A writer that has the id. */
const begun = async (rig: TransactionRig): Promise<Writer> => {
  const writer = new Writer(rig)
  expect(await writer.init()).toBe('NONE')
  return writer
}

type Isolation = 'read_committed' | 'read_uncommitted'

const fetched = async (
  { reader, topic }: TransactionRig,
  isolation: Isolation
): Promise<readonly FetchedPartition[]> => {
  const found = await firstValueFrom(reader.metadata([topic]))
  const node = isRight(found) ? (found.right.topics[0]?.partitions[0]?.leader ?? -1) : -1
  const partitions = [0, 1].map((partition) => ({ topic, partition, offset: 0n, leaderEpoch: -1, maxBytes: 1_000_000 }))
  const request = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolation, rack: '', session: { id: 0, epoch: -1 }, partitions, forgotten: [] } // prettier-ignore
  const answer = await firstValueFrom(reader.fetch(node, request))
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right.partitions
}

/** The values that a reader gets, of both partitions in turn. */
const values = async (rig: TransactionRig, isolation: Isolation = 'read_committed'): Promise<readonly string[]> =>
  (await fetched(rig, isolation)).flatMap(({ records, aborted, topic, partition }) =>
    recordsIn(runOf(records ?? new Uint8Array(), { topic, partition, isolation, aborted })).map(({ value }) =>
      new TextDecoder().decode(value ?? undefined)
    )
  )

/** Waits until no transaction is open in either partition. */
const completed = async (rig: TransactionRig): Promise<void> => {
  for (let tries = 0; tries < 1_500; tries++) {
    const partitions = await fetched(rig, 'read_uncommitted')
    if (partitions.every(({ lastStableOffset, highWatermark }) => lastStableOffset === highWatermark)) return
    await firstValueFrom(timer(20))
  }
  throw new Error('a transaction stays open')
}

/** The group's offset in the first partition, or the error's name. */
const storedOffset = async ({ reader, groupId, topic }: TransactionRig): Promise<bigint | string> => {
  const partitions = [{ topic, partition: 0 }]
  const answer = await answered(() => reader.offsetFetch(groupId, partitions), ownCode)
  const [stored] = answer.offsets
  if (stored === undefined) throw new Error('no offset')
  return stored.code === code.NONE ? stored.offset : errorName(stored.code)
}

/** The same once no transaction commits offsets of the group. */
const settledOffset = async (rig: TransactionRig): Promise<bigint | string> => {
  for (let tries = 0; tries < 500; tries++) {
    const stored = await storedOffset(rig)
    if (stored !== 'UNSTABLE_OFFSET_COMMIT') return stored
    await firstValueFrom(timer(20))
  }
  throw new Error('it stays unstable')
}

/** The rules of transactions that this library relies on, asked of every cluster. */
const transactionContract: readonly Rule[] = [
  {
    name: 'gives an id the same producer id each time, with a higher epoch',
    run: async (rig) => {
      const one = await begun(rig)
      const other = await begun(rig)
      expect(one.who.epoch).toBe(0)
      expect(other.who).toEqual({ ...one.who, epoch: 1 })
      expect(await one.init(one.who)).toBe('PRODUCER_FENCED')
      expect(await other.init(other.who)).toBe('NONE')
      expect(other.who.epoch).toBe(2)
    }
  },
  {
    name: 'gives an epoch again to whoever has not heard of it',
    run: async (rig) => {
      const one = await begun(rig)
      const again = new Writer(rig)
      expect(await again.init(one.who)).toBe('NONE')
      expect(await one.init(one.who)).toBe('NONE')
      expect(one.who).toEqual(again.who)
      expect(one.who.epoch).toBe(1)
    }
  },
  {
    name: 'refuses times that no transaction may take',
    run: async (rig) => {
      expect(await new Writer(rig).init(nobody, 0)).toBe('INVALID_TRANSACTION_TIMEOUT')
      expect(await new Writer(rig).init(nobody, 900_001)).toBe('INVALID_TRANSACTION_TIMEOUT')
    }
  },
  {
    name: 'shows nothing of a transaction before it is committed, and then all',
    run: async (rig) => {
      const one = await begun(rig)
      await one.put(0, 'a')
      await one.put(1, 'b')
      await one.put(0, 'c')
      expect(await values(rig)).toEqual([])
      expect(await values(rig, 'read_uncommitted')).toEqual(['a', 'c', 'b'])
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'c', 'b'])
    }
  },
  {
    name: 'hides what was aborted, and shows what comes after it',
    run: async (rig) => {
      const one = await begun(rig)
      await one.put(0, 'a')
      expect(await one.end('abort')).toBe('NONE')
      await one.put(0, 'b')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['b'])
      expect(await values(rig, 'read_uncommitted')).toEqual(['a', 'b'])
    }
  },
  {
    name: 'holds back what others write behind an open transaction',
    run: async (rig) => {
      const one = await begun(rig)
      const other = await begun({ ...rig, transactionalId: `${rig.transactionalId}-other` })
      await one.put(0, 'a')
      await other.put(0, 'b')
      expect(await other.end('commit')).toBe('NONE')
      expect(await values(rig)).toEqual([])
      expect(await one.end('abort')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['b'])
    }
  },
  {
    name: 'each end gives a new epoch, under which numbers begin at 0',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      for (const [epoch, end] of ['commit', 'abort', 'commit'].entries()) {
        expect(one.who.epoch).toBe(epoch)
        await one.put(0, end)
        expect(await one.end(end as 'commit')).toBe('NONE')
      }
      expect(one.who.epoch).toBe(3)
      await completed(rig)
      expect(await values(rig)).toEqual(['commit', 'commit'])
    }
  },
  {
    name: 'the epoch stays over an end, and so do the numbers',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      for (const value of ['a', 'b']) {
        await one.put(0, value)
        expect(await one.end('commit')).toBe('NONE')
      }
      expect(one.who.epoch).toBe(0)
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'b'])
    }
  },
  {
    name: 'refuses what comes late under the epoch of a transaction that has ended',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      const late = await begun({ ...rig, transactionalId: `${rig.transactionalId}-unused` })
      late.who = one.who
      await one.put(0, 'a')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await late.write(1, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await late.commitOffset(1n)).toBe('INVALID_PRODUCER_EPOCH')
      await one.put(0, 'b')
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['a', 'b'])
    }
  },
  {
    name: 'answers an end that is asked for again as it did the first time',
    run: async (rig) => {
      const one = await begun(rig)
      const again = new Writer(rig)
      await one.put(0, 'a')
      again.who = one.who
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      const { who } = again
      expect(await again.end('commit')).toBe('NONE')
      expect(again.who).toEqual(one.who)
      again.who = who
      expect(await again.end('abort')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'has nothing to commit where nothing was written',
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.end('commit')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'has nothing to abort where nothing was written',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.end('abort')).toBe('INVALID_TXN_STATE')
    }
  },
  {
    name: 'aborts what it has not heard of yet: the new epoch keeps out what is on its way',
    only: 2,
    run: async (rig) => {
      const one = await begun(rig)
      const late = new Writer(rig)
      late.who = one.who
      expect(await one.end('abort')).toBe('NONE')
      expect(one.who.epoch).toBe(1)
      expect(await late.write(0, 'late')).toBe('INVALID_PRODUCER_EPOCH')
      await one.put(0, 'a')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await one.end('abort')).toBe('NONE')
      expect(one.who.epoch).toBe(3)
      expect(await values(rig)).toEqual(['a'])
    }
  },
  {
    name: 'aborts what was left open by whoever had the id before, and fences that one',
    run: async (rig) => {
      const former = await begun(rig)
      await former.put(0, 'a')
      const later = await begun(rig)
      expect(later.who.epoch).toBeGreaterThan(former.who.epoch)
      await completed(rig)
      expect(await former.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await former.add(0)).toBe('PRODUCER_FENCED')
      expect(await former.addGroup()).toBe('PRODUCER_FENCED')
      expect(await former.end('commit')).toBe('PRODUCER_FENCED')
      expect(await former.init(former.who)).toBe('PRODUCER_FENCED')
      await later.put(0, 'c')
      expect(await later.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  },
  {
    name: 'knows no id that nobody took, and no producer that has it not',
    run: async (rig) => {
      const stranger = new Writer({ ...rig, transactionalId: `${rig.transactionalId}-unknown` })
      expect(await stranger.end('abort')).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await stranger.add(0)).toBe('INVALID_PRODUCER_ID_MAPPING')
      const one = await begun(rig)
      one.who = { ...one.who, producerId: one.who.producerId + 1_000_000n }
      expect(await one.end('abort')).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await one.add(0)).toBe('INVALID_PRODUCER_ID_MAPPING')
      expect(await one.init(one.who)).toBe('PRODUCER_FENCED')
    }
  },
  {
    name: 'takes nothing for a partition that does not belong to the transaction',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.write(0, 'a')).toBe('INVALID_TXN_STATE')
      await one.put(0, 'b')
      expect(await one.write(1, 'c')).toBe('INVALID_TXN_STATE')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await one.write(0, 'd')).toBe('INVALID_TXN_STATE')
      expect(await values(rig)).toEqual(['b'])
    }
  },
  {
    name: 'adds no partition that does not exist',
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.add(9)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    }
  },
  {
    name: 'commits a group’s offsets with the transaction; until then they are not stable',
    run: async (rig) => {
      const one = await begun(rig)
      await one.putOffset(7n)
      expect(await storedOffset(rig)).toBe('UNSTABLE_OFFSET_COMMIT')
      await one.putOffset(8n)
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(8n)
      await one.putOffset(9n)
      expect(await one.end('abort')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(8n)
    }
  },
  {
    name: 'refuses the offsets of who is not in the group',
    run: async (rig) => {
      const one = await begun(rig)
      await one.putOffset(7n)
      expect(await one.commitOffset(1n, { generation: 3, memberId: 'nobody' })).toBe('UNKNOWN_MEMBER_ID')
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(7n)
    }
  },
  {
    name: 'takes no offsets of a group that does not belong to the transaction',
    only: 1,
    run: async (rig) => {
      const one = await begun(rig)
      expect(await one.commitOffset(1n)).toBe('INVALID_TXN_STATE')
      const later = await begun(rig)
      await later.putOffset(2n)
      expect(await later.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(2n)
      expect(await later.commitOffset(3n)).toBe('INVALID_TXN_STATE')
      expect(await one.commitOffset(1n)).toBe('INVALID_PRODUCER_EPOCH')
      expect(await settledOffset(rig)).toBe(2n)
    }
  },
  {
    name: 'commits offsets of a member of this generation only',
    run: async (rig) => {
      const one = await begun(rig)
      const { reader, groupId } = rig
      const joining = { groupId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, groupInstanceId: null, protocols: [{ name: 'range', metadata: new Uint8Array(0) }] } // prettier-ignore
      const named = await answered(
        () => reader.joinGroup({ ...joining, memberId: '' }),
        ({ code: given }) => given
      )
      const joined = await answered(() => reader.joinGroup({ ...joining, memberId: named.memberId }), ownCode)
      const { memberId, generation } = joined
      const member = { groupId, memberId, generation, groupInstanceId: null }
      await answered(() => reader.syncGroup({ ...member, assignments: [{ memberId, assignment: new Uint8Array(0) }] }), ownCode) // prettier-ignore
      if (rig.version === 1) await one.addGroup()
      expect(await one.commitOffset(3n, { memberId, generation })).toBe('NONE')
      expect(await one.commitOffset(4n, { memberId, generation: generation + 1 })).toBe('ILLEGAL_GENERATION')
      expect(await one.commitOffset(4n, { memberId: 'other', generation })).toBe('UNKNOWN_MEMBER_ID')
      // Who says nothing of itself is not asked: so older clients do it.
      expect(await one.commitOffset(5n)).toBe('NONE')
      expect(await one.end('commit')).toBe('NONE')
      expect(await settledOffset(rig)).toBe(5n)
      await answered(() => reader.leaveGroup(member), itself)
    }
  },
  {
    name: 'aborts a transaction whose time is over; its producer is fenced',
    only: 1,
    run: async (rig) => {
      const one = new Writer(rig)
      expect(await one.init(nobody, 100)).toBe('NONE')
      await one.put(0, 'a')
      await completed(rig)
      expect(await one.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('PRODUCER_FENCED')
      expect(await one.init()).toBe('NONE')
      await one.put(0, 'c')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  },
  {
    name: 'aborts a transaction whose time is over; its producer goes on when it has aborted it too',
    only: 2,
    run: async (rig) => {
      const one = new Writer(rig)
      expect(await one.init(nobody, 100)).toBe('NONE')
      await one.put(0, 'a')
      await completed(rig)
      expect(await one.write(0, 'b')).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.end('commit')).toBe('INVALID_TXN_STATE')
      expect(await one.end('abort')).toBe('NONE')
      await one.put(0, 'c')
      expect(await one.end('commit')).toBe('NONE')
      await completed(rig)
      expect(await values(rig)).toEqual(['c'])
    }
  }
]

/** The rules of this version. */
export const transactionRules = (version: TransactionVersion): readonly Rule[] =>
  transactionContract.filter(({ only }) => only === undefined || only === version)
