import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { firstValueFrom, of } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { decodeProducerConfig } from '../../src/config/producer-config.js'
import { realClock } from '../../src/internal/real-clock.js'
import { ConsumerError, type Fault } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import type { GroupMember, TransactionCalls, TransactionVersion } from '../../src/ports/kafka-calls.js'
import type { TransactionSession } from '../../src/ports/transaction-session.js'
import { produceCalls } from '../../src/sources/kafka/produce-calls.js'
import { openTransactions } from '../../src/engine/transactions/open-transactions.js'
import { brokerConfig } from '../support/broker-config.js'
import { javaReads } from '../support/java-records.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { truthOf } from '../support/kafkajs-truth.js'

const callsTo = (brokers: string): TransactionCalls => {
  const connection = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(connection)) throw new ConsumerError(connection.left)
  return produceCalls(connection.right, { requestTimeoutMs: 30_000 })
}

describeKafka('transactions on Kafka', (brokers) => {
  it('go by KIP-890 where the cluster does', async () => {
    const protocols = await brokerConfig(brokers, 'group.coordinator.rebalance.protocols')
    const isKafka4 = protocols?.includes('consumer') === true
    const calls = callsTo(brokers)
    expect(await firstValueFrom(calls.transactionVersion())).toEqual(right(isKafka4 ? 2 : 1))
    calls.close()
  })
})

/** By the rules that the cluster has, and by the first, which every cluster takes. */
describe.each([
  ['as the cluster has them', null],
  ['as they were first', 1]
] as const)('transactions %s', (_rules, forced) => {
  describeKafka('on Kafka', (brokers) => {
    transactionsOn(brokers, forced)
  })
})

const transactionsOn = (brokers: string, forced: TransactionVersion | null): void => {
  const open: TransactionSession[] = []
  afterEach(() => {
    for (const session of open.splice(0)) session.close()
  })

  const settings = decodeProducerConfig({})
  if (isLeft(settings)) throw new ConsumerError(settings.left)

  /** `sent` are the transaction's requests, with the epoch that each was sent under. */
  const session = (transactionalId: string, sent: string[] = []): TransactionSession => {
    const real = callsTo(brokers)
    const calls: TransactionCalls = {
      ...real,
      transactionVersion: () => (forced === null ? real.transactionVersion() : of(right(forced))),
      initProducerId: (request) => {
        sent.push(`InitProducerId ${String(request.epoch)}`)
        return real.initProducerId(request)
      },
      addPartitionsToTxn: (request) => {
        sent.push(`AddPartitionsToTxn ${String(request.epoch)}`)
        return real.addPartitionsToTxn(request)
      },
      addOffsetsToTxn: (request) => {
        sent.push(`AddOffsetsToTxn ${String(request.epoch)}`)
        return real.addOffsetsToTxn(request)
      },
      txnOffsetCommit: (request) => {
        sent.push(`TxnOffsetCommit ${String(request.epoch)}`)
        return real.txnOffsetCommit(request)
      },
      endTxn: (request) => {
        sent.push(`EndTxn ${String(request.epoch)}`)
        return real.endTxn(request)
      }
    }
    const made = openTransactions({
      calls,
      clock: realClock,
      random: Math.random,
      settings: settings.right,
      compressor: null,
      checksum: crc32c,
      transactionalId,
      transactionTimeoutMs: 30_000
    })
    open.push(made)
    return made
  }

  const newTopic = async (): Promise<string> => {
    const topic = uniqueName('transactions')
    await firstValueFrom(kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions: 2 }]))
    return topic
  }

  /** Writes these, to both partitions in turn, and tells what became of each. */
  const write = (to: TransactionSession, topic: string, ...values: readonly string[]): Promise<readonly unknown[]> =>
    Promise.all(
      values.map(
        (value, index) =>
          new Promise((resolve) => {
            const record = { topic, partition: index % 2, key: null, value, headers: [] }
            to.send(record, { written: () => resolve('written'), failed: (_at, fault) => resolve(fault._tag) }, 0)
          })
      )
    )

  const step = (taken: Parameters<typeof firstValueFrom<Either<Fault, void>>>[0]): Promise<Either<Fault, void>> =>
    firstValueFrom(taken)

  const visible = async (topic: string): Promise<readonly (string | null)[]> =>
    (await javaReads(brokers, topic, 'read_committed')).map(({ value }) => value?.toString() ?? null).sort()

  const outside = (groupId: string): GroupMember => ({ groupId, generation: -1, memberId: '', groupInstanceId: null })

  it('commits records and offsets together; Java reads them', async () => {
    const topic = await newTopic()
    const group = uniqueName('group')
    const one = session(uniqueName('id'))
    for (const round of ['a', 'b']) {
      expect(await step(one.begin())).toEqual(right(undefined))
      expect(await write(one, topic, `${round}1`, `${round}2`, `${round}3`)).toEqual(['written', 'written', 'written'])
      const offset = { topic, partition: 0, offset: round === 'a' ? 7n : 9n, leaderEpoch: -1, metadata: 'm' }
      expect(await step(one.sendOffsets(outside(group), [offset]))).toEqual(right(undefined))
      expect(await step(one.commit())).toEqual(right(undefined))
    }
    expect(await visible(topic)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    const truth = await truthOf(brokers)
    expect((await truth.committed(group, topic)).get(0)).toBe(9n)
    await truth.close()
  })

  it('commits more offsets than one batch of the group’s log may hold', async () => {
    const partitions = 300
    const topic = uniqueName('many')
    await firstValueFrom(kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions }]))
    const group = uniqueName('group')
    const sent: string[] = []
    const one = session(uniqueName('id'), sent)
    // 300 times 4,000 characters: message.max.bytes of the topic of offsets is 1,048,588.
    const metadata = 'm'.repeat(4_000)
    const offsets = Array.from({ length: partitions }, (_, partition) => ({
      topic,
      partition,
      offset: 7n,
      leaderEpoch: -1,
      metadata
    }))
    await step(one.begin())
    expect(await step(one.sendOffsets(outside(group), offsets))).toEqual(right(undefined))
    expect(await step(one.commit())).toEqual(right(undefined))
    const truth = await truthOf(brokers)
    expect([...(await truth.committed(group, topic)).values()]).toEqual(Array(partitions).fill(7n))
    await truth.close()
  })

  it('hides what was aborted, its offsets too, and goes on with the next', async () => {
    const topic = await newTopic()
    const group = uniqueName('group')
    const one = session(uniqueName('id'))
    await step(one.begin())
    await write(one, topic, 'a', 'b')
    await step(one.sendOffsets(outside(group), [{ topic, partition: 0, offset: 7n, leaderEpoch: -1, metadata: '' }]))
    expect(await step(one.abort())).toEqual(right(undefined))
    await step(one.begin())
    await write(one, topic, 'c', 'd')
    expect(await step(one.commit())).toEqual(right(undefined))
    expect(await visible(topic)).toEqual(['c', 'd'])
    const truth = await truthOf(brokers)
    expect((await truth.committed(group, topic)).get(0) ?? -1n).toBe(-1n)
    await truth.close()
  })

  it('drops at an abort what was not written yet', async () => {
    const topic = await newTopic()
    const one = session(uniqueName('id'))
    await step(one.begin())
    const writing = write(one, topic, 'a', 'b')
    expect(await step(one.abort())).toEqual(right(undefined))
    expect(new Set(await writing)).toEqual(new Set(['UsageFault']))
    await step(one.begin())
    await write(one, topic, 'c', 'd')
    await step(one.commit())
    expect(await visible(topic)).toEqual(['c', 'd'])
  })

  it('ends with nothing in it without asking anybody', async () => {
    const one = session(uniqueName('id'))
    await step(one.begin())
    expect(await step(one.commit())).toEqual(right(undefined))
    await step(one.begin())
    expect(await step(one.abort())).toEqual(right(undefined))
  })

  it('whoever begins with the same id fences the former, and aborts what it left open', async () => {
    const topic = await newTopic()
    const id = uniqueName('id')
    const former = session(id)
    await step(former.begin())
    await write(former, topic, 'a')
    const later = session(id)
    expect(await step(later.begin())).toEqual(right(undefined))
    await write(later, topic, 'b')
    expect(await step(former.commit())).toMatchObject({ left: { _tag: 'FencedFault', what: 'transactional.id', id } })
    expect(await step(later.commit())).toEqual(right(undefined))
    expect(await visible(topic)).toEqual(['b'])
  })

  it('refuses the offsets of who is not in the group; then it can only be aborted', async () => {
    const topic = await newTopic()
    const one = session(uniqueName('id'))
    await step(one.begin())
    await write(one, topic, 'a')
    const stranger = { groupId: uniqueName('group'), generation: 5, memberId: 'nobody', groupInstanceId: null }
    const refused = await step(
      one.sendOffsets(stranger, [{ topic, partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }])
    )
    expect(refused).toMatchObject({ left: { _tag: 'MembershipLostFault', groupId: stranger.groupId } })
    expect(await step(one.commit())).toEqual(refused)
    expect(await step(one.abort())).toEqual(right(undefined))
    expect(await visible(topic)).toEqual([])
  })

  it('takes nothing outside of a transaction, and no second one', async () => {
    const one = session(uniqueName('id'))
    expect(await write(one, 'nowhere', 'a')).toEqual(['UsageFault'])
    expect(await step(one.commit())).toMatchObject({ left: { _tag: 'UsageFault' } })
    await step(one.begin())
    expect(await step(one.begin())).toMatchObject({ left: { _tag: 'UsageFault' } })
  })

  it('asks only for what the rules want, and each end of a transaction gives a new epoch where they say so', async () => {
    const topic = await newTopic()
    const calls = callsTo(brokers)
    const known = await firstValueFrom(calls.transactionVersion())
    calls.close()
    const version = forced ?? (isLeft(known) ? 1 : known.right)
    const sent: string[] = []
    const one = session(uniqueName('id'), sent)
    const offset = { topic, partition: 0, offset: 7n, leaderEpoch: -1, metadata: '' }
    for (const end of ['commit', 'abort', 'commit'] as const) {
      await step(one.begin())
      await write(one, topic, 'a')
      await step(one.sendOffsets(outside(uniqueName('group')), [offset]))
      expect(await step(one[end]())).toEqual(right(undefined))
    }
    const once = sent.filter((request, index) => request !== sent[index - 1])
    const asked = (epoch: number): readonly string[] =>
      ['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'].map((api) => `${api} ${String(epoch)}`)
    const joined = (epoch: number): readonly string[] =>
      ['TxnOffsetCommit', 'EndTxn'].map((api) => `${api} ${String(epoch)}`)
    expect(once).toEqual(
      version === 2
        ? ['InitProducerId -1', ...joined(0), ...joined(1), ...joined(2)]
        : ['InitProducerId -1', ...asked(0), ...asked(0), 'InitProducerId 0', ...asked(1)]
    )
    expect(await visible(topic)).toEqual(['a', 'a'])
  })
}
