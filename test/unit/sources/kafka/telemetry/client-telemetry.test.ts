import { gunzipSync } from 'node:zlib'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decodeClusterConfig } from '../../../../../src/config/cluster-config.js'
import { producer } from '../../../../../src/index.js'
import { kafka } from '../../../../../src/kafka.js'
import { BrokerLinks } from '../../../../../src/sources/kafka/network/broker-links.js'
import { BrokerPool } from '../../../../../src/sources/kafka/network/broker-pool.js'
import { ClientTelemetry } from '../../../../../src/sources/kafka/telemetry/client-telemetry.js'
import { until } from '../../../../support/collect.js'
import {
  int16,
  int32,
  key,
  metadata,
  scriptedBroker,
  type ScriptedBroker,
  type ScriptedRequest
} from '../../../../support/scripted-broker.js'

const subscriptions = 71
const push = 72

/** With the requests of KIP-714, as a broker with a receiver for metrics. */
const speaks = [
  [key.metadata, 0, 8],
  [key.apiVersions, 0, 3],
  [subscriptions, 0, 0],
  [push, 0, 0]
] as const

/** GetTelemetrySubscriptions v0: this instance, subscription and interval, gzip, all metrics. */
const subscription = (id: number, { code = 0, maxBytes = 100_000 } = {}): Buffer =>
  Buffer.concat([
    Buffer.alloc(1),
    int32(0),
    int16(code),
    Buffer.alloc(16, 7),
    int32(id),
    Buffer.from([2, 1]),
    int32(10),
    int32(maxBytes),
    Buffer.from([1]),
    Buffer.from([2, 1]),
    Buffer.alloc(1)
  ])
const pushed = (code = 0): Buffer => Buffer.concat([Buffer.alloc(1), int32(0), int16(code), Buffer.alloc(1)])

interface Push {
  readonly id: number
  readonly terminating: boolean
  readonly text: string
}

/** PushTelemetry v0, after the header's tagged fields. */
const pushOf = ({ body }: ScriptedRequest): Push => {
  const isCompressed = body.readInt8(22) === 1
  // A compact length of two bytes or more ends with a byte below 128.
  let at = 23
  while (body.readUInt8(at) >= 128) at++
  const bytes = body.subarray(at + 1, body.length - 1)
  const id = body.readInt32BE(17)
  return { id, terminating: body.readInt8(21) === 1, text: String(isCompressed ? gunzipSync(bytes) : bytes) }
}

const pushesOf = (broker: ScriptedBroker): readonly Push[] =>
  broker.requests.filter((request) => request.key === push).map(pushOf)
const asked = (broker: ScriptedBroker): number =>
  broker.requests.filter((request) => request.key === subscriptions).length

/** A broker that names itself as the cluster, and answers as these say. */
const receiving = async (
  answers: (asks: number) => Buffer,
  pushAnswers: (pushes: number) => Buffer | null
): Promise<ScriptedBroker> => {
  let asks = 0
  let pushes = 0
  const broker: ScriptedBroker = await scriptedBroker(
    ({ key: api, reply }) => {
      if (api === key.metadata) return reply(metadata([broker.port]))
      if (api === subscriptions) return reply(answers(++asks))
      if (api !== push) return undefined
      const answer = pushAnswers(++pushes)
      return answer === null ? 'silence' : reply(answer)
    },
    { speaks }
  )
  return broker
}

/** The connections of a client whose telemetry begins with its metadata. */
const client = async (port: number, telemetry = true): Promise<BrokerLinks> => {
  const settings = decodeClusterConfig({ 'bootstrap.servers': `127.0.0.1:${String(port)}` })
  if (isLeft(settings)) throw new Error('the test has wrong properties')
  const pool = new BrokerPool(settings.right, { random: () => 0 })
  const observer = telemetry ? new ClientTelemetry('consumer', { group_id: 'billing' }, settings.right, pool) : null
  const links = new BrokerLinks(settings.right, { pool, observer })
  onTestFinished(() => {
    links.close()
  })
  await links.metadata([])
  return links
}

describe('ClientTelemetry', () => {
  it('asks, pushes all that is wanted, compressed, and once more when the client closes', async () => {
    const broker = await receiving(
      () => subscription(5),
      () => pushed()
    )
    const links = await client(broker.port)
    await until(() => pushesOf(broker).length >= 2, 'two pushes')
    links.close()
    await until(() => pushesOf(broker).at(-1)?.terminating === true, 'the last push')
    expect(asked(broker)).toBe(1)
    const pushes = pushesOf(broker)
    expect(pushes.map(({ terminating }) => terminating)).toEqual([...pushes.slice(1).map(() => false), true])
    for (const { id, text } of pushes) {
      expect(id).toBe(5)
      expect(text).toContain('org.apache.kafka.consumer.connection.creation.total')
      expect(text).toContain('group_id')
    }
    // All of it over the connection that metadata came on, which ends with the last push.
    expect(broker.sockets).toHaveLength(1)
    await until(() => broker.sockets[0]?.readableEnded === true, 'the end of the connection')
  })

  it('asks anew when its subscription is over', async () => {
    const broker = await receiving(
      (asks) => subscription(asks),
      (pushes) => pushed(pushes === 1 ? 117 : 0)
    )
    await client(broker.port)
    await until(() => pushesOf(broker).some(({ id }) => id === 2), 'a push for the second subscription')
  })

  it('sends nothing any more once the broker calls its request invalid', async () => {
    const broker = await receiving(
      () => subscription(1),
      () => pushed(42)
    )
    const links = await client(broker.port)
    await until(() => pushesOf(broker).length === 1, 'the push')
    for (let round = 0; round < 5; round++) await links.metadata([])
    links.close()
    expect([asked(broker), pushesOf(broker).length]).toEqual([1, 1])
  })

  it('pushes nothing that is larger than the broker takes', async () => {
    const broker = await receiving(
      () => subscription(1, { maxBytes: 10 }),
      () => pushed()
    )
    const links = await client(broker.port)
    await until(() => asked(broker) === 1, 'the request')
    for (let round = 0; round < 5; round++) await links.metadata([])
    expect(pushesOf(broker)).toEqual([])
  })

  it('sends nothing to a broker that does not have the request, and nothing if it is disabled', async () => {
    const without = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(metadata([without.port])) : undefined
    )
    const links = await client(without.port)
    await links.metadata([])
    expect(without.requests.map((request) => request.key)).toEqual([key.apiVersions, key.metadata, key.metadata])
    expect(without.sockets).toHaveLength(1)
    const disabled = await receiving(
      () => subscription(1),
      () => pushed()
    )
    const others = await client(disabled.port, false)
    await others.metadata([])
    expect(asked(disabled)).toBe(0)
  })

  it.each([
    [{}, 1],
    [{ 'enable.metrics.push': false }, 0]
  ])('is there for a producer unless it is disabled: %o', async (properties, asks) => {
    const broker = await receiving(
      () => subscription(1),
      () => pushed()
    )
    const cluster = kafka({ 'bootstrap.servers': `127.0.0.1:${String(broker.port)}` })
    const writer = producer(cluster, { 'max.block.ms': 1, ...properties })
    await expect(writer.send({ topic: 'orders', value: 'x' })).rejects.toThrow('orders')
    await until(() => asked(broker) === asks, 'the request')
    await writer.close()
    expect(asked(broker)).toBe(asks)
  })
})
