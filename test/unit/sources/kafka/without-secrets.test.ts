import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { describeFault, secret } from '../../../../src/index.js'
import { ConsumerError } from '../../../../src/model/consumer-error.js'
import { createMissingTopics } from '../../../../src/sources/kafka/create-topics.js'
import { kafkaCalls } from '../../../../src/sources/kafka/kafka-calls.js'
import { produceCalls } from '../../../../src/sources/kafka/produce-calls.js'
import { shareCalls } from '../../../../src/sources/kafka/share-calls.js'
import { connectionSettings } from '../../../support/connection-settings.js'
import { int16, int32, key, metadata, scriptedBroker, text } from '../../../support/scripted-broker.js'

const said = 'no, wonderland is not allowed'
const hidden = 'no, [redacted] is not allowed'
const consumerGroupHeartbeat = 68
const shareGroupHeartbeat = 76

const sasl = { mechanism: 'PLAIN', username: 'alice', password: secret('wonderland') } as const

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** A flexible answer of a heartbeat that is refused: header, throttle time, code, words, no member id, and the rest. */
const heartbeatRefused = Buffer.concat([
  Buffer.from([0]),
  int32(0),
  int16(42),
  Buffer.from([said.length + 1]),
  Buffer.from(said),
  Buffer.from([0]),
  int32(0),
  int32(5_000),
  Buffer.from([0xff, 0])
])

/** Produce v8: one partition, whose first record is refused. */
const produceRefused = Buffer.concat([
  int32(1),
  text('orders'),
  int32(1),
  int32(0),
  int16(87),
  ...[-1n, -1n, -1n].map(int64),
  int32(1),
  int32(0),
  text(said),
  text(said),
  int32(0)
])

const repeatingBroker = async () => {
  const broker = await scriptedBroker(
    ({ key: api, reply }) => {
      if (api === key.metadata) return reply(metadata([broker.port]))
      if (api === key.findCoordinator)
        return reply(Buffer.concat([int32(0), int16(0), int16(-1), int32(1), text('127.0.0.1'), int32(broker.port)]))
      if (api === key.createTopics)
        return reply(Buffer.concat([int32(0), int32(1), text('orders'), int16(44), text(said)]))
      if (api === key.produce) return reply(produceRefused)
      return api === consumerGroupHeartbeat || api === shareGroupHeartbeat ? reply(heartbeatRefused) : undefined
    },
    {
      speaks: [
        [key.produce, 0, 8],
        [key.metadata, 0, 8],
        [key.findCoordinator, 0, 2],
        [key.saslHandshake, 0, 1],
        [key.apiVersions, 0, 3],
        [key.createTopics, 0, 4],
        [key.saslAuthenticate, 0, 1],
        [consumerGroupHeartbeat, 0, 1],
        [shareGroupHeartbeat, 1, 1]
      ]
    }
  )
  return connectionSettings([broker.port], { sasl })
}

describe('a broker that repeats the password in its words', () => {
  it('has them in faults of topics that it does not create without it', async () => {
    const settings = await repeatingBroker()
    const answer = await firstValueFrom(createMissingTopics(settings, {}, [{ topic: 'orders', partitions: 1 }]))
    expect(answer).toMatchObject({ _tag: 'Left' })
    const shown = answer._tag === 'Left' ? describeFault(answer.left) : ''
    expect(shown).toContain(hidden)
    expect(new ConsumerError(answer._tag === 'Left' ? answer.left : never()).stack).not.toContain('wonderland')
  })

  it('has them in answers to a batch, and of each record, without it', async () => {
    const calls = produceCalls(await repeatingBroker(), { requestTimeoutMs: 10_000 })
    await firstValueFrom(calls.metadata([]))
    const batch = { topic: 'orders', partition: 0, bytes: new Uint8Array(1) }
    const request = { transaction: null, acks: 'all', timeoutMs: 1_000, batches: [batch] } as const
    expect(await firstValueFrom(calls.produce(1, request))).toMatchObject({
      right: [{ code: 87, message: hidden, refused: [{ index: 0, message: hidden }] }]
    })
    calls.close()
  })

  it('has them in answers to heartbeats of both protocols without it', async () => {
    const settings = await repeatingBroker()
    const consuming = kafkaCalls(settings, { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 })
    const member = { groupId: 'g', memberId: 'm', memberEpoch: 0, rack: null }
    const of = { groupInstanceId: null, rebalanceTimeoutMs: 1, topics: [], pattern: null, assignor: null, owned: [] }
    expect(await firstValueFrom(consuming.consumerGroupHeartbeat({ ...member, ...of }))).toMatchObject({
      right: { code: 42, message: hidden }
    })
    consuming.close()
    const sharing = shareCalls(settings)
    expect(await firstValueFrom(sharing.shareGroupHeartbeat({ ...member, topics: [] }))).toMatchObject({
      right: { code: 42, message: hidden }
    })
    sharing.close()
  })
})

const never = (): never => {
  throw new Error('the topic was created')
}
