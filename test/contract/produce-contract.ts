import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorName } from '../../src/core/protocol/error-code.js'
import { encodeBatch, type RecordToEncode } from '../../src/core/records/encode-batch.js'
import type { ProduceCalls, ProducedBatch } from '../../src/ports/kafka-calls.js'
import { answered } from '../support/answered.js'

/** What a broker is asked in: requests to one partition of a topic of its own. */
export interface ProduceRig {
  readonly calls: ProduceCalls
  readonly topic: string
  /** makes another topic, of one partition, which takes its records by this configuration */
  readonly topicWith: (config: Readonly<Record<string, string>>) => Promise<string>
}

interface Contract {
  readonly name: string
  readonly run: (rig: ProduceRig) => Promise<void>
}

/** Someone who numbers batches, and what the broker says to them: `written at 3`, or the name of the error. */
class Numbering {
  private readonly rig: ProduceRig
  private leader = -1
  private producerId = -1n

  constructor(rig: ProduceRig) {
    this.rig = rig
  }

  async begin(): Promise<this> {
    const { calls, topic } = this.rig
    for (let tries = 0; this.leader < 0 && tries < 50; tries++) {
      const found = await firstValueFrom(calls.metadata([topic]))
      if (isRight(found)) this.leader = found.right.topics[0]?.partitions[0]?.leader ?? -1
    }
    const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, epoch: -1 }
    const given = await answered(
      () => calls.initProducerId(request),
      ({ code }) => code
    )
    expect(given).toMatchObject({ code: 0, epoch: 0 })
    this.producerId = given.producerId
    return this
  }

  batch(sequence: number, { epoch = 0, count = 1 } = {}): Uint8Array {
    const record = { timestamp: 1, key: null, value: new Uint8Array([1]), headers: [] }
    return this.encode(
      sequence,
      Array.from({ length: count }, () => record),
      epoch
    )
  }

  encode(sequence: number, records: readonly RecordToEncode[], epoch = 0): Uint8Array {
    return encodeBatch({
      baseOffset: 0n,
      producerId: this.producerId,
      producerEpoch: epoch,
      baseSequence: sequence,
      records
    })
  }

  async send(bytes: Uint8Array, partition = 0): Promise<string> {
    const { code, baseOffset } = await this.ask(bytes, partition)
    return code === 0 ? `written at ${String(baseOffset)}` : errorName(code)
  }

  async ask(bytes: Uint8Array, partition = 0, topicId: string | null = null): Promise<ProducedBatch> {
    const { calls, topic } = this.rig
    const batches = [{ topic, topicId, partition, bytes }]
    const request = { transaction: null, acks: 'all', timeoutMs: 10_000, batches } as const
    const answer = await firstValueFrom(calls.produce(this.leader, request))
    if (!isRight(answer)) throw new Error(answer.left.fault._tag)
    const [produced] = answer.right
    if (produced === undefined) throw new Error('the answer lacks the partition')
    return produced
  }

  number(sequence: number, more: { epoch?: number; count?: number } = {}): Promise<string> {
    return this.send(this.batch(sequence, more))
  }
}

/** What the broker says of a batch that it refuses: its code, the records that it names, and whether it says why. */
const refusalOf = async (
  rig: ProduceRig,
  config: Readonly<Record<string, string>>,
  records: readonly RecordToEncode[]
): Promise<unknown> => {
  const topic = await rig.topicWith(config)
  const one = await new Numbering({ ...rig, topic }).begin()
  const { code, baseOffset, message, refused } = await one.ask(one.encode(0, records))
  expect(code === 0 || refused.every(({ message: why }) => why !== null && why !== '')).toBe(true)
  // Nothing of it was written, and its numbers are not used up.
  if (code !== 0) expect(await one.send(one.encode(0, [keyed(Date.now())]))).toBe('written at 0')
  return [errorName(code), baseOffset, refused.map(({ index }) => index), typeof message]
}

const keyed = (timestamp: number): RecordToEncode => ({ timestamp, key: new Uint8Array([1]), value: null, headers: [] })

/** The rules by which a broker takes numbered batches, asked of every cluster. */
export const produceContract: readonly Contract[] = [
  {
    name: 'takes batches in sequence, by the number of their records',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      expect(await one.number(0, { count: 3 })).toBe('written at 0')
      expect(await one.number(3)).toBe('written at 3')
      expect(await one.number(4, { count: 2 })).toBe('written at 4')
    }
  },
  {
    name: 'knows each of the last five batches again, and says where it stands; an older one is out of order',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      for (let sequence = 0; sequence < 6; sequence++) await one.number(sequence)
      for (let sequence = 1; sequence < 6; sequence++)
        expect(await one.number(sequence)).toBe(`written at ${String(sequence)}`)
      expect(await one.number(0)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
      expect(await one.number(6)).toBe('written at 6')
    }
  },
  {
    name: 'refuses a gap, and a batch that overtook another; what was left out may still come',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      await one.number(0)
      expect(await one.number(2)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
      expect(await one.number(1)).toBe('written at 1')
      expect(await one.number(2)).toBe('written at 2')
    }
  },
  {
    name: 'takes a batch by the id of its topic, and by the id of another that had its name it is refused, where it goes by ids',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      const found = await firstValueFrom(rig.calls.metadata([rig.topic]))
      const topicId = isRight(found) ? (found.right.topics[0]?.topicId ?? null) : null
      expect(topicId).not.toBeNull()
      expect(await one.ask(one.batch(0), 0, topicId)).toMatchObject({ topic: rig.topic, code: 0, baseOffset: 0n })
      const former = await one.ask(one.batch(1), 0, 'AAAAAAAAAAAAAAAAAAAAZA')
      expect(['UNKNOWN_TOPIC_ID', 'NONE']).toContain(errorName(former.code))
      // Where it was refused nothing was written.
      expect(await one.number(1)).toBe('written at 1')
    }
  },
  {
    name: 'does not know half of a batch again',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      await one.number(0, { count: 2 })
      expect(await one.number(0)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    }
  },
  {
    name: 'takes a new epoch only from sequence 0, and then none of the old one',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      await one.number(0)
      expect(await one.number(1, { epoch: 1 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
      expect(await one.number(0, { epoch: 1 })).toBe('written at 1')
      expect(await one.number(1, { epoch: 0 })).toBe('INVALID_PRODUCER_EPOCH')
      expect(await one.number(1, { epoch: 1 })).toBe('written at 2')
    }
  },
  {
    name: 'takes any first sequence from whom it has never seen',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      expect(await one.number(7)).toBe('written at 0')
      expect(await one.number(8)).toBe('written at 1')
    }
  },
  {
    name: 'begins at 0 again behind the last sequence',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      expect(await one.number(2 ** 31 - 2, { count: 2 })).toBe('written at 0')
      expect(await one.number(0)).toBe('written at 2')
    }
  },
  {
    name: 'refuses what is corrupt, and a partition that it does not have',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      const bytes = one.batch(0)
      bytes[30] = (bytes[30] ?? 0) ^ 1
      expect(await one.send(bytes)).toBe('CORRUPT_MESSAGE')
      expect(await one.send(one.batch(0), 9)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
      expect(await one.number(0)).toBe('written at 0')
    }
  },
  {
    name: 'gives everybody another id',
    run: async (rig) => {
      const one = await new Numbering(rig).begin()
      const other = await new Numbering(rig).begin()
      expect(await one.number(0)).toBe('written at 0')
      expect(await other.number(0)).toBe('written at 1')
    }
  },
  {
    name: 'names the records without a key that a compacted topic does not take, and writes none of their batch',
    run: async (rig) => {
      const bare = { timestamp: 1, key: null, value: new Uint8Array([1]), headers: [] }
      const records = [keyed(1), bare, keyed(1), bare]
      expect(await refusalOf(rig, { 'cleanup.policy': 'compact' }, records)).toEqual([
        'INVALID_RECORD',
        -1n,
        [1, 3],
        'string'
      ])
    }
  },
  {
    name: 'names the records whose time is too far behind its own or ahead of it',
    run: async (rig) => {
      const now = Date.now()
      const hour = 3_600_000
      const records = [keyed(now), keyed(now - 2 * hour), keyed(now), keyed(now + 2 * hour)]
      const late = { 'message.timestamp.before.max.ms': String(hour) }
      const early = { 'message.timestamp.after.max.ms': String(hour) }
      expect(await refusalOf(rig, late, records.slice(0, 3))).toEqual(['INVALID_TIMESTAMP', -1n, [1], 'string'])
      expect(await refusalOf(rig, early, records.slice(2))).toEqual(['INVALID_TIMESTAMP', -1n, [1], 'string'])
      expect(await refusalOf(rig, { ...late, ...early }, records)).toEqual(['INVALID_TIMESTAMP', -1n, [1, 3], 'string'])
    }
  },
  {
    name: 'asks nothing of the time of records that get the log’s own',
    run: async (rig) => {
      const own = { 'message.timestamp.type': 'LogAppendTime', 'message.timestamp.before.max.ms': '1000' }
      expect(await refusalOf(rig, own, [keyed(1)])).toEqual(['NONE', 0n, [], 'object'])
    }
  },
  {
    name: 'names no record of a batch that is too large',
    run: async (rig) => {
      const large = { ...keyed(Date.now()), value: new Uint8Array(300) }
      expect(await refusalOf(rig, { 'max.message.bytes': '200' }, [large])).toEqual([
        'MESSAGE_TOO_LARGE',
        -1n,
        [],
        'object'
      ])
    }
  }
]
