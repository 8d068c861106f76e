import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect } from 'vitest'
import { errorName } from '../../src/core/error-code.js'
import { encodeBatch } from '../../src/core/record-batch/encode-batch.js'
import type { ProduceCalls } from '../../src/ports/kafka-calls.js'
import { answered } from '../support/answered.js'

/** What a broker is asked in: requests to one partition of a topic of its own. */
export interface ProduceRig {
  readonly calls: ProduceCalls
  readonly topic: string
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
    return encodeBatch({
      baseOffset: 0n,
      producerId: this.producerId,
      producerEpoch: epoch,
      baseSequence: sequence,
      records: Array.from({ length: count }, () => record)
    })
  }

  async send(bytes: Uint8Array, partition = 0): Promise<string> {
    const { calls, topic } = this.rig
    const request = { transaction: null, acks: 'all', timeoutMs: 10_000, batches: [{ topic, partition, bytes }] } as const // prettier-ignore
    const answer = await firstValueFrom(calls.produce(this.leader, request))
    if (!isRight(answer)) throw new Error(answer.left.fault._tag)
    const [produced] = answer.right
    return produced?.code === 0 ? `written at ${String(produced.baseOffset)}` : errorName(produced?.code ?? -1)
  }

  number(sequence: number, more: { epoch?: number; count?: number } = {}): Promise<string> {
    return this.send(this.batch(sequence, more))
  }
}

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
  }
]
