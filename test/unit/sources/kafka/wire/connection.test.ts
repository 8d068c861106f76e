import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ConnectionSettings, TlsSettings } from '../../../../../src/config/connection-settings.js'
import { realClock } from '../../../../../src/internal/real-clock.js'
import type { Fault } from '../../../../../src/index.js'
import type { Clock } from '../../../../../src/model/clock.js'
import type { KafkaCalls, TransactionCalls } from '../../../../../src/ports/kafka-calls.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { produceCalls } from '../../../../../src/sources/kafka/produce-calls.js'
import { sliceBytes } from '../../../../../src/sources/kafka/protocol/response-reader.js'
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

const times = { requestTimeoutMs: 30_000, connectionTimeoutMs: 10_000, connectionTimeoutMaxMs: 30_000 }

interface Client {
  readonly calls: KafkaCalls
  readonly clock: VirtualClock
  readonly ask: () => Promise<Either<Fault, unknown>>
}

const clientOf = (brokers: readonly { readonly port: number }[], more: Partial<ConnectionSettings> = {}): Client => {
  const clock = new VirtualClock()
  const settings = connectionSettings(
    brokers.map(({ port }) => port),
    { ...times, ...more }
  )
  const rim = { clock, random: () => 0 }
  const calls = kafkaCalls(settings, { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }, rim)
  return { calls, clock, ask: () => firstValueFrom(calls.metadata([])) }
}

const faultOf = (answer: Either<Fault, unknown>): Fault | null => (isLeft(answer) ? answer.left : null)
const count = ({ requests }: ScriptedBroker, api: number): number => requests.filter((one) => one.key === api).length

describe('a connection', () => {
  it('takes an answer that nobody asked for to be no answer of Kafka’s', async () => {
    const broker = await scriptedBroker(({ key: api, socket }) =>
      api === key.metadata ? socket.write(Buffer.concat([int32(8), int32(12_345), int32(0)])) : undefined
    )
    const { calls, ask } = clientOf([broker])
    const reason = 'it answered a request that was not made (correlation id 12345)'
    expect(faultOf(await ask())).toMatchObject({ _tag: 'FrameFault', reason })
    calls.close()
  })

  it('closes when an answer is late: what waits behind it would be later', async () => {
    const broker = await scriptedBroker(({ key: api }) => (api === key.metadata ? silence : undefined))
    const { calls, clock, ask } = clientOf([broker])
    const answers = [ask(), ask()]
    await until(() => count(broker, key.metadata) === 2, 'the requests')
    clock.advance(29_999)
    await turn()
    expect(broker.sockets[0]?.destroyed).toBe(false)
    clock.advance(1)
    for (const answer of answers)
      expect(faultOf(await answer)).toMatchObject({ reason: 'no answer to Metadata within 30000 ms' })
    await until(() => broker.sockets[0]?.destroyed === true, 'the end')
    calls.close()
    expect(clock.pending).toBe(0)
  })

  it('reads what has arrived before it calls it late: timers come first where something has blocked the event loop', async () => {
    const virtual = new VirtualClock()
    // Turns come behind what sockets bring, as those of the event loop do.
    const clock: Clock = {
      now: () => virtual.now(),
      wallTime: () => virtual.wallTime(),
      schedule: (ms, run) => virtual.schedule(ms, run),
      turn: (run) => realClock.turn(run)
    }
    const broker = await scriptedBroker(({ key: api, reply }) => {
      if (api !== key.metadata) return undefined
      setTimeout(() => {
        virtual.advance(30_000)
      }, 1)
      reply(metadata([]))
      // The timer is due when the event loop goes on, and the answer is there.
      for (const began = performance.now(); performance.now() - began < 3;);
      return true
    })
    const settings = connectionSettings([broker.port], times)
    const calls = kafkaCalls(settings, { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }, { clock })
    expect(faultOf(await firstValueFrom(calls.metadata([])))).toBeNull()
    expect(virtual.now()).toBe(30_000)
    expect(broker.sockets[0]?.destroyed).toBe(false)
    calls.close()
  })

  it('reads a large answer in slices, with turns for others between them', async () => {
    const body = metadata(Array.from({ length: 40_000 }, (_, index) => 1 + index))
    expect(body.length).toBeGreaterThan(2 * sliceBytes)
    const broker = await scriptedBroker(({ key: api, reply }) => (api === key.metadata ? reply(body) : undefined))
    const { calls, clock, ask } = clientOf([broker])
    const answers: Either<Fault, unknown>[] = []
    void ask().then((answer) => answers.push(answer))
    await until(() => count(broker, key.metadata) === 1 && broker.sockets[0]?.writableLength === 0, 'that it is sent')
    for (let more = 0; more < 50; more++) await turn()
    // The time of the next slice has not come.
    expect(answers).toEqual([])
    while (answers.length === 0) {
      clock.advance(0)
      await turn()
    }
    expect(answers.map(faultOf)).toEqual([null])
    calls.close()
  })

  it('gives up an answer that it is in the middle of when it is closed', async () => {
    const body = metadata(Array.from({ length: 40_000 }, (_, index) => 1 + index))
    const broker = await scriptedBroker(({ key: api, reply }) => (api === key.metadata ? reply(body) : undefined))
    const { calls, clock, ask } = clientOf([broker])
    const answer = ask()
    await until(() => clock.pending > 0 && count(broker, key.metadata) === 1, 'the request')
    calls.close()
    clock.advance(0)
    expect(faultOf(await answer)).toMatchObject({ _tag: 'ClosedFault' })
  })

  it('holds requests back for as long as the broker wants to be left alone', async () => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(Buffer.concat([int32(700), metadata([]).subarray(4)])) : undefined
    )
    const { calls, clock, ask } = clientOf([broker])
    expect(faultOf(await ask())).toBeNull()
    const second = ask()
    clock.advance(699)
    await turn()
    expect(count(broker, key.metadata)).toBe(1)
    clock.advance(1)
    expect(faultOf(await second)).toBeNull()
    calls.close()
  })

  it('that is not used for connections.max.idle.ms is closed, and there again for the next request', async () => {
    const broker = await scriptedBroker()
    const { calls, clock, ask } = clientOf([broker], { maxIdleMs: 60_000 })
    expect(faultOf(await ask())).toBeNull()
    clock.advance(59_999)
    expect(faultOf(await ask())).toBeNull()
    clock.advance(59_999)
    await turn()
    expect(broker.sockets[0]?.destroyed).toBe(false)
    clock.advance(1)
    await until(() => broker.sockets[0]?.destroyed === true, 'the end')
    expect(faultOf(await ask())).toBeNull()
    expect(broker.sockets).toHaveLength(2)
    calls.close()
  })

  it('stays when a request cannot be written: that is a fault of the request', async () => {
    const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.findCoordinator)
        reply(Buffer.concat([int32(0), int16(0), int16(-1), int32(1), text('127.0.0.1'), int32(broker.port)]))
      if (api === key.heartbeat) reply(Buffer.concat([int32(0), int16(0)]))
      return api === key.findCoordinator || api === key.heartbeat ? silence : undefined
    })
    const { calls } = clientOf([broker])
    const member = { groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null }
    const offset = { topic: 't', partition: 0, offset: 1n, leaderEpoch: 1, metadata: 'x'.repeat(40_000) }
    const commit = { ...member, offsets: [offset] }
    await firstValueFrom(calls.heartbeat(member))
    const sockets = broker.sockets.length
    expect(faultOf(await firstValueFrom(calls.offsetCommit(commit)))).toEqual({
      _tag: 'UsageFault',
      reason: 'OffsetCommit cannot be written: a text of 40000 bytes, at most 32767 can be sent'
    })
    expect(faultOf(await firstValueFrom(calls.heartbeat(member)))).toBeNull()
    expect([broker.sockets.length, count(broker, key.offsetCommit)]).toEqual([sockets, 0])
    calls.close()
  })

  it('names the broker that speaks too old a version, and what it speaks', async () => {
    const broker = await scriptedBroker(undefined, { speaks: [[key.metadata, 0, 5]] })
    const { calls, ask } = clientOf([broker])
    expect(faultOf(await ask())).toMatchObject({
      _tag: 'UnsupportedVersionFault',
      broker: `127.0.0.1:${String(broker.port)}`,
      api: 'Metadata',
      offered: '0 to 5'
    })
    calls.close()
  })
})

describe('a connection that comes to nothing', () => {
  const tls: TlsSettings = {
    ca: null,
    cert: null,
    key: null,
    passphrase: null,
    provider: null,
    serverName: null,
    verify: true
  }

  it('because TLS meets a listener without it fails at once, and says so', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.end())).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { calls, clock, ask } = clientOf([{ port }], { tls })
    expect(faultOf(await ask())).toMatchObject({
      _tag: 'ConnectionFault',
      reason: expect.stringMatching(/closed the connection in the TLS handshake: a listener without TLS/)
    })
    expect(clock.now()).toBe(0)
    calls.close()
  })

  it('has the next broker asked at once', async () => {
    const closing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    onTestFinished(() => void closing.close())
    await once(closing, 'listening')
    const address = closing.address()
    const broker = await scriptedBroker()
    const { calls, clock, ask } = clientOf([
      { port: typeof address === 'object' && address !== null ? address.port : 0 },
      broker
    ])
    expect(faultOf(await ask())).toBeNull()
    expect(clock.now()).toBe(0)
    calls.close()
  })

  it('leaves nothing behind when it is given up while connecting', async () => {
    const broker = await scriptedBroker(() => silence)
    const { calls, clock, ask } = clientOf([broker])
    const answer = ask()
    await until(() => broker.requests.length === 1, 'ApiVersions')
    calls.close()
    expect(faultOf(await answer)).toMatchObject({ _tag: 'ClosedFault' })
    await until(() => broker.sockets[0]?.destroyed === true, 'the end')
    expect(clock.pending).toBe(0)
  })

  it('has each address of the host tried, and the next time not first the one that says nothing', async () => {
    const broker = await scriptedBroker()
    const mute = createServer().listen(broker.port, '127.0.0.2')
    onTestFinished(() => void mute.close())
    await once(mute, 'listening')
    let accepted = 0
    mute.on('connection', (socket) => {
      accepted++
      onTestFinished(() => void socket.destroy())
    })
    const clock = new VirtualClock()
    const settings = { ...connectionSettings([], times), brokers: [{ host: 'kafka.example', port: broker.port }] }
    const resolve = (): Promise<string[]> => Promise.resolve(['127.0.0.2', '127.0.0.1'])
    const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }
    const calls = kafkaCalls(settings, timeouts, { clock, random: () => 0, resolve })
    const answer = firstValueFrom(calls.metadata([]))
    await until(() => accepted === 1, 'the first address')
    clock.advance(10_000)
    expect(faultOf(await answer)).toBeNull()
    broker.sockets[0]?.destroy()
    await until(() => count(broker, key.apiVersions) === 1, 'the second address')
    await turn()
    expect(faultOf(await firstValueFrom(calls.metadata([])))).toBeNull()
    expect(accepted).toBe(1)
    calls.close()
  })
})

describe('what is written without an answer (acks 0)', () => {
  const produce = (calls: TransactionCalls): Promise<Either<unknown, unknown>> =>
    firstValueFrom(
      calls.produce(1, {
        transaction: null,
        acks: 0,
        timeoutMs: 30_000,
        batches: [{ topic: 't', partition: 0, bytes: new Uint8Array(100_000) }]
      })
    )

  it('arrives, though the client closes at once and the broker reads late', async () => {
    const nodes: ScriptedBroker[] = []
    const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply, socket }) => {
      if (api === key.metadata) return reply(metadata(nodes.map(({ port }) => port)))
      if (api === key.produce && count(broker, key.produce) === 1) {
        // As a broker that is busy: it reads on when the client has gone.
        socket.pause()
        resume = () => socket.resume()
      }
      return api === key.produce ? silence : undefined
    })
    let resume = (): unknown => undefined
    nodes.push(broker)
    const calls = produceCalls(connectionSettings([broker.port], times), times)
    await firstValueFrom(calls.metadata([]))
    const sent = Array.from({ length: 200 }, () => produce(calls))
    await until(() => count(broker, key.produce) > 0, 'the first batch')
    calls.close()
    await Promise.all(sent)
    resume()
    await until(() => count(broker, key.produce) === 200, 'all batches')
  })

  it('counts as sent when the system has taken it, not before', async () => {
    const nodes: ScriptedBroker[] = []
    const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply, socket }) => {
      if (api === key.metadata) return reply(metadata(nodes.map(({ port }) => port)))
      if (api === key.produce) socket.pause()
      return api === key.produce ? silence : undefined
    })
    nodes.push(broker)
    const clock = new VirtualClock()
    const calls = produceCalls(connectionSettings([broker.port], times), times, undefined, { clock })
    await firstValueFrom(calls.metadata([]))
    let settled = 0
    // More than the buffers of any system take.
    const sent = Array.from({ length: 1_000 }, () => produce(calls).then((answer) => (settled++, answer)))
    await until(() => count(broker, key.produce) > 0 && settled > 0, 'the first batch')
    expect(settled).toBeLessThan(1_000)
    clock.advance(30_000)
    const last = (await Promise.all(sent)).at(-1)
    expect(last).toMatchObject({ left: { fault: { reason: 'it accepted no data for 30000 ms' }, sent: true } })
    calls.close()
  })
})
