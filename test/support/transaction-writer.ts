import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, timer } from 'rxjs'
import { expect } from 'vitest'
import { errorCode as code, errorName } from '../../src/core/protocol/error-code.js'
import type { ProducerIdentity } from '../../src/core/producing/producer-batch.js'
import { encodeBatch } from '../../src/core/records/encode-batch.js'
import type {
  FetchedPartition,
  KafkaCalls,
  ProducerEpoch,
  TransactionCalls,
  TransactionVersion
} from '../../src/ports/kafka-calls.js'
import { answered } from './answered.js'
import { plainRecord, recordsIn, runOf } from './record-runs.js'

/** Where transactions are asked for: by these rules, in a topic of two partitions that nobody else writes to. */
export interface TransactionRig {
  readonly version: TransactionVersion
  readonly calls: TransactionCalls
  readonly reader: KafkaCalls
  readonly topic: string
  readonly transactionalId: string
  readonly groupId: string
}

export const itself = (given: number): number => given
export const ownCode = (answer: { readonly code: number }): number => answer.code
const firstCode = (answer: readonly { readonly code: number }[]): number => answer[0]?.code ?? code.NONE

export const nobody: ProducerIdentity = { producerId: -1n, epoch: -1 }

/** Someone who writes in transactions; what the broker says is given by the error's name. */
export class Writer {
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
    const given = await answered(
      () => calls.initProducerId({ transactionalId, transactionTimeoutMs, producerId, epoch }),
      ownCode
    )
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
    const request = {
      transaction: this.who,
      acks: 'all',
      timeoutMs: 10_000,
      batches: [{ topic, partition, bytes }]
    } as const
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
export const begun = async (rig: TransactionRig): Promise<Writer> => {
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
  const partitions = [0, 1].map((partition) => ({
    topic,
    topicId: null,
    partition,
    offset: 0n,
    leaderEpoch: -1,
    maxBytes: 1_000_000
  }))
  const request = {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    isolation,
    rack: '',
    session: { id: 0, epoch: -1 },
    byTopicId: false,
    partitions,
    forgotten: []
  }
  const answer = await firstValueFrom(reader.fetch(node, request))
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right.partitions
}

/** The values that a reader gets, of both partitions in turn. */
export const values = async (
  rig: TransactionRig,
  isolation: Isolation = 'read_committed'
): Promise<readonly string[]> =>
  (await fetched(rig, isolation)).flatMap(({ records, aborted, topic, partition }) =>
    recordsIn(runOf(records ?? new Uint8Array(), { topic, partition, isolation, aborted })).map(({ value }) =>
      new TextDecoder().decode(value ?? undefined)
    )
  )

/** Waits until no transaction is open in either partition. */
export const completed = async (rig: TransactionRig): Promise<void> => {
  for (let tries = 0; tries < 1_500; tries++) {
    const partitions = await fetched(rig, 'read_uncommitted')
    if (partitions.every(({ lastStableOffset, highWatermark }) => lastStableOffset === highWatermark)) return
    await firstValueFrom(timer(20))
  }
  throw new Error('a transaction stays open')
}

/** The group's offset in the first partition, or the error's name. */
export const storedOffset = async ({ reader, groupId, topic }: TransactionRig): Promise<bigint | string> => {
  const partitions = [{ topic, partition: 0 }]
  const answer = await answered(() => reader.offsetFetch(groupId, partitions), ownCode)
  const [stored] = answer.offsets
  if (stored === undefined) throw new Error('no offset')
  return stored.code === code.NONE ? stored.offset : errorName(stored.code)
}

/** The same once no transaction commits offsets of the group. */
export const settledOffset = async (rig: TransactionRig): Promise<bigint | string> => {
  for (let tries = 0; tries < 500; tries++) {
    const stored = await storedOffset(rig)
    if (stored !== 'UNSTABLE_OFFSET_COMMIT') return stored
    await firstValueFrom(timer(20))
  }
  throw new Error('it stays unstable')
}
