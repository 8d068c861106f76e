import { isRight } from 'fp-ts/lib/Either.js'
import { setImmediate as turn } from 'node:timers/promises'
import { filter, firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type ClusterEvent,
  consumer,
  type ConsumerEvent,
  producer,
  type ProducerEvent,
  subscribe,
  type Throttled
} from '../../../../../src/index.js'
import { kafka } from '../../../../../src/kafka.js'
import type { ThrottleOver } from '../../../../../src/model/throttled.js'
import type { KafkaCalls } from '../../../../../src/ports/kafka-calls.js'
import { kafkaAdmin } from '../../../../../src/sources/kafka/admin/kafka-admin.js'
import { BrokerPool } from '../../../../../src/sources/kafka/network/broker-pool.js'
import { produceCalls } from '../../../../../src/sources/kafka/produce-calls.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { until } from '../../../../support/collect.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import {
  int16,
  int32,
  key,
  metadata,
  scriptedBroker,
  type ScriptedBroker,
  silence,
  text
} from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const forEver = 2 ** 31 - 1
const member = { groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null }
const commit = { ...member, offsets: [{ topic: 't', partition: 0, offset: 1n, leaderEpoch: 1, metadata: '' }] }

/** A coordinator whose answers of one API ask for quiet, by default for 24 days; after the first one it says nothing if `mute`. */
const throttling = async (which: number, { mute = false, ms = forEver } = {}): Promise<ScriptedBroker> => {
  const muted = new Set<number>()
  const broker: ScriptedBroker = await scriptedBroker(({ key: api, connection, reply }) => {
    if (muted.has(connection)) return silence
    const throttle = int32(api === which ? ms : 0)
    if (mute && api === which) muted.add(connection)
    if (api === key.metadata) return reply(Buffer.concat([throttle, metadata([broker.port]).subarray(4)]))
    if (api === key.findCoordinator)
      return reply(Buffer.concat([throttle, int16(0), int16(-1), int32(1), text('127.0.0.1'), int32(broker.port)]))
    if (api === key.heartbeat) return reply(Buffer.concat([throttle, int16(0)]))
    if (api === key.offsetCommit)
      return reply(Buffer.concat([throttle, int32(1), text('t'), int32(1), int32(0), int16(0)]))
    return undefined
  })
  return broker
}

interface Client {
  readonly calls: KafkaCalls
  readonly clock: VirtualClock
  readonly told: readonly (Throttled | ThrottleOver)[]
}

/** Its session is of ten seconds. */
const clientOf = ({ port }: ScriptedBroker): Client => {
  const clock = new VirtualClock()
  const told: (Throttled | ThrottleOver)[] = []
  const times = { requestTimeoutMs: 30_000, connectionTimeoutMs: 10_000, connectionTimeoutMaxMs: 30_000 }
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }
  const throttled = (one: Throttled | ThrottleOver): void => {
    told.push(one)
  }
  const calls = kafkaCalls(connectionSettings([port], times), timeouts, { clock, random: () => 0, throttled })
  return { calls, clock, told }
}

const count = ({ requests }: ScriptedBroker, api: number): number => requests.filter((one) => one.key === api).length

describe('a broker that wants to be left alone', () => {
  it('for 24 days is for a minute, and it is told which and for how long', async () => {
    const broker = await throttling(key.metadata)
    const { calls, clock, told } = clientOf(broker)
    await firstValueFrom(calls.metadata([]))
    expect(told).toEqual([
      { _tag: 'throttled', broker: `127.0.0.1:${String(broker.port)}`, askedMs: forEver, forMs: 60_000 }
    ])
    const second = firstValueFrom(calls.metadata([]))
    clock.advance(59_999)
    await turn()
    expect(count(broker, key.metadata)).toBe(1)
    clock.advance(1)
    expect(isRight(await second)).toBe(true)
    calls.close()
    expect(clock.pending).toBe(0)
  })

  it('is told of every ten seconds while it goes on, and when it wants longer', async () => {
    let ms = 100
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(Buffer.concat([int32(ms), metadata([]).subarray(4)])) : undefined
    )
    const { calls, clock, told } = clientOf(broker)
    const ask = async (): Promise<void> => {
      const answer = firstValueFrom(calls.metadata([]))
      await turn()
      clock.advance(ms)
      await answer
    }
    await ask()
    await ask()
    expect(told.map((one) => (one._tag === 'throttled' ? one.forMs : one._tag))).toEqual([100])
    ms = 200
    await ask()
    expect(told.map((one) => (one._tag === 'throttled' ? one.forMs : one._tag))).toEqual([100, 200])
    clock.advance(9_900)
    await ask()
    expect(told.map((one) => (one._tag === 'throttled' ? one.forMs : one._tag))).toEqual([100, 200, 200])
    calls.close()
  })

  it('is over when it has not been for ten seconds, for as long as it was', async () => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(Buffer.concat([int32(500), metadata([]).subarray(4)])) : undefined
    )
    const { calls, clock, told } = clientOf(broker)
    await firstValueFrom(calls.metadata([]))
    clock.advance(2_000)
    await firstValueFrom(calls.metadata([]))
    clock.advance(10_400)
    expect(told).toHaveLength(1)
    clock.advance(200)
    const what = `127.0.0.1:${String(broker.port)}`
    expect(told.slice(1)).toEqual([{ _tag: 'recovered', from: 'throttled', what, afterMs: 2_500 }])
    calls.close()
  })

  it.each([
    ['Heartbeat', key.heartbeat],
    ['OffsetCommit', key.offsetCommit]
  ])('holds no heartbeat back for longer than a quarter of the session (%s)', async (_name, which) => {
    const broker = await throttling(which)
    const { calls, clock } = clientOf(broker)
    const first = await (which === key.heartbeat
      ? firstValueFrom(calls.heartbeat(member))
      : firstValueFrom(calls.offsetCommit(commit)))
    expect(first._tag).toBe('Right')
    const before = count(broker, key.heartbeat)
    const beat = firstValueFrom(calls.heartbeat(member))
    await turn()
    clock.advance(2_499)
    await turn()
    expect(count(broker, key.heartbeat)).toBe(before)
    clock.advance(1)
    expect(isRight(await beat)).toBe(true)
    calls.close()
  })

  it('and reads nothing meanwhile is sent a heartbeat over another connection while the session lasts', async () => {
    const broker = await throttling(key.heartbeat, { mute: true })
    const { calls, clock } = clientOf(broker)
    await firstValueFrom(calls.heartbeat(member))
    const unanswered = firstValueFrom(calls.heartbeat(member))
    await turn()
    clock.advance(2_500)
    await until(() => count(broker, key.heartbeat) === 2, 'the heartbeat that is not read')
    clock.advance(5_000)
    expect(isRight(await unanswered)).toBe(false)
    expect(clock.now()).toBeLessThan(10_000)
    expect(isRight(await firstValueFrom(calls.heartbeat(member)))).toBe(true)
    expect(new Set(broker.requests.filter((one) => one.key === key.heartbeat).map((one) => one.connection)).size).toBe(
      2
    )
    calls.close()
  })

  it('does not keep the coordinator from being looked for', async () => {
    const broker = await throttling(key.metadata)
    const { calls, clock } = clientOf(broker)
    await firstValueFrom(calls.metadata([]))
    const beat = firstValueFrom(calls.heartbeat(member))
    await turn()
    clock.advance(2_500)
    expect(isRight(await beat)).toBe(true)
    calls.close()
  })

  it('holds the records of a producer back for a minute at most', async () => {
    const produced = Buffer.concat([int32(1), text('t'), int32(1), int32(0), int16(0), Buffer.alloc(24)])
    const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.metadata) return reply(metadata([broker.port]))
      return api === key.produce ? reply(Buffer.concat([produced, int32(forEver)])) : undefined
    })
    const clock = new VirtualClock()
    const told: (Throttled | ThrottleOver)[] = []
    const throttled = (one: Throttled | ThrottleOver): void => void told.push(one)
    const calls = produceCalls(connectionSettings([broker.port], {}), { requestTimeoutMs: 30_000 }, undefined, {
      clock,
      random: () => 0,
      throttled
    })
    await firstValueFrom(calls.metadata([]))
    const batches = [{ topic: 't', partition: 0, bytes: new Uint8Array(61) }]
    const produce = (): Promise<{ readonly _tag: string }> =>
      firstValueFrom(calls.produce(1, { transaction: null, acks: 'all', timeoutMs: 30_000, batches }))
    expect((await produce())._tag).toBe('Right')
    expect(told).toMatchObject([{ _tag: 'throttled', askedMs: forEver, forMs: 60_000 }])
    const second = produce()
    await turn()
    clock.advance(59_999)
    await turn()
    expect(count(broker, key.produce)).toBe(1)
    clock.advance(1)
    expect((await second)._tag).toBe('Right')
    calls.close()
    expect(clock.pending).toBe(0)
  })

  it('is an event of the cluster where it is an admin client, whose next call does not wait for it', async () => {
    const broker = await throttling(key.metadata)
    const clock = new VirtualClock()
    const told: ClusterEvent[] = []
    const settings = connectionSettings([broker.port], { requestTimeoutMs: 30_000 })
    const pool = new BrokerPool(settings, { clock, random: () => 0, report: (event) => void told.push(event) })
    const unused = (): Promise<never> => Promise.reject(new Error('nothing of this is kafkajs’s'))
    const admin = kafkaAdmin(settings, { pool, clock }, unused)
    expect((await firstValueFrom(admin.listTopics()))._tag).toBe('Right')
    const throttled = {
      _tag: 'throttled',
      broker: `127.0.0.1:${String(broker.port)}`,
      askedMs: forEver,
      forMs: 60_000
    }
    expect(told).toEqual([throttled])
    expect((await firstValueFrom(admin.listTopics()))._tag).toBe('Right')
    expect(count(broker, key.metadata)).toBe(2)
    admin.close()
    expect(clock.pending).toBe(0)
  })

  it('is an event of the consumer, and of the producer', async () => {
    const broker = await throttling(key.metadata, { ms: 1 })
    const cluster = kafka({ 'bootstrap.servers': `127.0.0.1:${String(broker.port)}` })
    const said = { _tag: 'throttled', broker: `127.0.0.1:${String(broker.port)}`, askedMs: 1, forMs: 1 }
    const throttles = filter((event: ConsumerEvent | ProducerEvent) => event._tag === 'throttled')

    const orders = consumer(cluster, { 'group.id': 'g', subscription: subscribe('t') })
    const ofConsumer = firstValueFrom(orders.events.pipe(throttles))
    orders.subscribe()
    expect(await ofConsumer).toEqual(said)
    await orders.close()

    const writer = producer(cluster, { 'max.block.ms': 1 })
    const ofProducer = firstValueFrom(writer.events.pipe(throttles))
    const sending = writer.send({ topic: 't', value: 'a' }).subscribe({ error: () => undefined })
    expect(await ofProducer).toEqual(said)
    sending.unsubscribe()
    await writer.close()
  })
})
