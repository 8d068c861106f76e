import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { connect } from 'node:net'
import { firstValueFrom, from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { ack, consumer, eachPartition, type Fault, produceTo, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import type { JoinGroupResponse, KafkaCalls } from '../../src/ports/kafka-calls.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { encodeRequest } from '../../src/sources/kafka/network/encode-request.js'
import type { Api } from '../../src/sources/kafka/protocol/api.js'
import { fetch } from '../../src/sources/kafka/protocol/fetch.js'
import { metadata } from '../../src/sources/kafka/protocol/metadata.js'
import { collect, until } from '../support/collect.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { framesOf } from '../support/frames.js'
import { uniqueName } from '../support/kafka.js'

const right = <A>(answer: Either<Fault, A>): A => {
  if (isLeft(answer)) throw new Error(JSON.stringify(answer.left))
  return answer.right
}

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker behind a network of its own',
  () => {
    let own: RunningKafka
    let proxy: FaultProxy
    beforeAll(async () => {
      proxy = await faultProxy({ target: () => Number(own.brokers.split(':')[1]) })
      own = await startKafka({ properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(proxy.port)}` } })
    })
    afterAll(async () => {
      await proxy.stop()
      await own.stop()
    })

    const timeouts = { sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000 }
    const callsOf = (requestTimeoutMs: number): KafkaCalls =>
      kafkaCalls(
        right(
          decodeClusterConfig({
            'bootstrap.servers': `127.0.0.1:${String(proxy.port)}`,
            'request.timeout.ms': requestTimeoutMs
          })
        ),
        timeouts
      )
    const join = (calls: KafkaCalls, groupId: string, memberId: string): Promise<Either<Fault, JoinGroupResponse>> => {
      const protocols = [{ name: 'range', metadata: new Uint8Array(0) }]
      return firstValueFrom(calls.joinGroup({ groupId, memberId, groupInstanceId: null, ...timeouts, protocols }))
    }
    const idOf = async (calls: KafkaCalls, groupId: string): Promise<string> => {
      for (;;) {
        const answer = await join(calls, groupId, '')
        // 79: here is an id, come again with it. Anything else: the coordinator is not there yet.
        if (!isLeft(answer) && answer.right.code === 79) return answer.right.memberId
      }
    }

    it('answers one connection in order: what is behind a fetch that it holds waits, and on another connection it does not', async () => {
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      const topic = uniqueName('in-order')
      right(await firstValueFrom(cluster.createTopicsEither([{ topic, partitions: 1 }])))
      // The leader is known to be ready once it has a record: before, a busy one answers a fetch at once.
      await lastValueFrom(from([{ value: 'first' }]).pipe(produceTo(cluster, { topic })))
      const answers: string[] = []
      const speaker = (name: string): (<Q>(api: Api<Q, unknown>, request: Q) => void) => {
        const socket = connect(Number(own.brokers.split(':')[1]), '127.0.0.1')
        onTestFinished(() => void socket.destroy())
        socket.on(
          'data',
          framesOf((frame) => answers.push(`${name} ${String(frame.readInt32BE(4))}`))
        )
        let sent = 0
        return (api, request) => {
          for (const part of encodeRequest({ api, version: 12 }, request, ++sent, 'test')) socket.write(part)
        }
      }
      const [one, other] = [speaker('one'), speaker('other')]
      const partition = { topic, topicId: null, partition: 0, offset: 1n, leaderEpoch: -1, maxBytes: 1_000 }
      one(
        fetch(() => topic),
        {
          maxWaitMs: 120_000,
          minBytes: 1,
          maxBytes: 1_000,
          isolation: 'read_uncommitted',
          rack: '',
          session: { id: 0, epoch: -1 },
          partitions: [partition],
          forgotten: [],
          byTopicId: false
        }
      )
      one(metadata, [topic])
      const asked = ['other 1', 'other 2', 'other 3', 'other 4', 'other 5']
      for (const [index] of asked.entries()) {
        other(metadata, [topic])
        await until(() => answers.length === index + 1, 'the answer to the other')
      }
      await lastValueFrom(from([{ value: 'v' }]).pipe(produceTo(cluster, { topic })))
      await until(() => answers.length === asked.length + 2, 'the answers to the one')
      expect(answers).toEqual([...asked, 'one 1', 'one 2'])
    })

    it('answers the last of a member’s JoinGroups, sent again over new connections, and counts it once', async () => {
      const groupId = uniqueName('held')
      const [first, second] = [callsOf(30_000), callsOf(500)]
      const leader = await idOf(first, groupId)
      const alone = right(await join(first, groupId, leader))
      const synced = { groupId, generation: alone.generation, memberId: leader, groupInstanceId: null }
      await firstValueFrom(
        first.syncGroup({ ...synced, assignments: [{ memberId: leader, assignment: new Uint8Array(0) }] })
      )
      const follower = await idOf(second, groupId)
      const before = proxy.connections()
      const held = join(second, groupId, follower)
      await until(() => proxy.connections() >= before + 3, 'that it was sent again')
      const together = right(await join(first, groupId, leader))
      const answer = right(await held)
      expect(answer).toMatchObject({ code: 0, memberId: follower, leader, generation: together.generation })
      expect(together.members.map(({ memberId }) => memberId).sort()).toEqual([leader, follower].sort())
      first.close()
      second.close()
    })

    it('is read on from by a consumer whose connections a firewall forgot: within session and request timeout', async () => {
      const cluster = kafka({ 'bootstrap.servers': `127.0.0.1:${String(proxy.port)}`, 'request.timeout.ms': 5_000 })
      const topic = uniqueName('forgotten')
      right(await firstValueFrom(cluster.createTopicsEither([{ topic, partitions: 2 }])))
      const send = (start: number): Promise<unknown> =>
        lastValueFrom(
          from(Array.from({ length: 20 }, (_, n) => ({ key: String(start + n), value: String(start + n) }))).pipe(
            produceTo(cluster, { topic })
          )
        )
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        'session.timeout.ms': 6_000,
        subscription: subscribe(topic)
      })
      const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
      await send(0)
      await until(() => run.values.length === 20, 'what came before')
      proxy.forget()
      await send(20)
      // Java's client needs session and request timeout, 11 s; waiting for JoinGroup's own timeout would take 305.
      await until(() => run.values.length >= 40, 'what came after')
      await reader.drain()
      expect(await run.ended).toBe('complete')
    })
  }
)

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'a broker that takes its time to authenticate',
  () => {
    let own: RunningKafka
    let proxy: FaultProxy
    beforeAll(async () => {
      proxy = await faultProxy({ target: () => Number(own.brokers.split(':')[1]), encrypted: true })
      own = await startKafka({
        sasl: { user: 'alice', password: 'wonderland' },
        properties: { 'advertised.listeners': `SASL_SSL://127.0.0.1:${String(proxy.port)}` }
      })
    })
    afterAll(async () => {
      await proxy.stop()
      await own.stop()
    })

    // Half a minute for each second: the longer ones are a part of `npm run test:all`.
    const delays = process.env['LONG'] === 'true' ? [250, 1_000, 3_000] : [250]
    it.each(delays)('is read from, with each answer %d ms late until then', async (ms) => {
      const properties = {
        'security.protocol': 'SASL_SSL',
        'ssl.ca.pem': own.certificate,
        'sasl.mechanism': 'SCRAM-SHA-256',
        'sasl.username': 'alice',
        'sasl.password': 'wonderland'
      } as const
      const topic = uniqueName('slow')
      const quick = kafka({ 'bootstrap.servers': own.brokers, ...properties })
      right(await firstValueFrom(quick.createTopicsEither([{ topic, partitions: 1 }])))
      await lastValueFrom(from(['a', 'b', 'c'].map((value) => ({ value }))).pipe(produceTo(quick, { topic })))
      // TLS, ApiVersions, SaslHandshake and two of SaslAuthenticate.
      proxy.trouble({ delayMs: ms, delays: 6 })
      const reader = consumer(kafka({ 'bootstrap.servers': `127.0.0.1:${String(proxy.port)}`, ...properties }), {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic)
      })
      const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
      await until(() => run.values.length === 3, 'all records', 300_000)
      await reader.drain()
      expect(await run.ended).toBe('complete')
      proxy.trouble({})
    })
  }
)
