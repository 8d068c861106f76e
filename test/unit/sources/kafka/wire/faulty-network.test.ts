import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ConnectionSettings, TlsSettings } from '../../../../../src/config/connection-settings.js'
import type { Fault } from '../../../../../src/index.js'
import type { KafkaCalls } from '../../../../../src/ports/kafka-calls.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { until } from '../../../../support/collect.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { faultProxy, type FaultProxy, type FaultProxyOptions } from '../../../../support/fault-proxy.js'
import { key, scriptedBroker, type ScriptedBroker } from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const pem = (name: string): string => readFileSync(new URL(`../../../../fixtures/tls/${name}`, import.meta.url), 'utf8')
const tls: TlsSettings = {
  ca: pem('ca.pem'),
  cert: null,
  key: null,
  passphrase: null,
  provider: null,
  serverName: null,
  verify: true
}

const times = { requestTimeoutMs: 30_000, connectionTimeoutMs: 10_000, connectionTimeoutMaxMs: 30_000 }
const clientOf = (
  ports: readonly number[],
  more: Partial<ConnectionSettings> = {}
): { calls: KafkaCalls; clock: VirtualClock; ask: () => Promise<Either<Fault, unknown>> } => {
  const clock = new VirtualClock()
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }
  const calls = kafkaCalls(connectionSettings(ports, { ...times, ...more }), timeouts, { clock, random: () => 0 })
  onTestFinished(() => {
    calls.close()
  })
  return { calls, clock, ask: () => firstValueFrom(calls.metadata([])) }
}
const faultOf = (answer: Either<Fault, unknown>): Fault | null => (isLeft(answer) ? answer.left : null)
const count = ({ requests }: ScriptedBroker, api: number): number => requests.filter((one) => one.key === api).length

const proxyTo = async ({ port }: ScriptedBroker, more: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> => {
  const proxy = await faultProxy({ target: () => port, ...more })
  onTestFinished(() => proxy.stop())
  return proxy
}

describe('a TLS handshake that is cut', () => {
  const speaking = { cert: pem('broker.pem'), key: pem('broker.key') }

  it.each([
    ['at the first message', 'TLSv1.2', false],
    ['at the first message', 'TLSv1.3', true],
    ['within the answer', 'TLSv1.2', true],
    ['within the answer', 'TLSv1.3', false]
  ] as const)('%s (%s, reset: %s) fails the attempt at once, and says where', async (cutHandshake, version, reset) => {
    const broker = await scriptedBroker(undefined, { tls: { ...speaking, minVersion: version, maxVersion: version } })
    const proxy = await proxyTo(broker, { encrypted: true })
    proxy.trouble({ cutHandshake, reset })
    const { clock, ask } = clientOf([proxy.port], { tls })
    const reason = /^it closed the connection in the TLS handshake: /
    expect(faultOf(await ask())).toMatchObject({ _tag: 'ConnectionFault', reason: expect.stringMatching(reason) })
    expect([clock.now(), broker.requests]).toEqual([0, []])
    proxy.trouble({})
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
  })

  it('has the next broker asked at once', async () => {
    const [first, second] = [
      await scriptedBroker(undefined, { tls: speaking }),
      await scriptedBroker(undefined, { tls: speaking })
    ]
    const proxy = await proxyTo(first, { encrypted: true })
    proxy.trouble({ cutHandshake: 'within the answer' })
    const { clock, ask } = clientOf([proxy.port, second.port], { tls })
    expect(faultOf(await ask())).toBeNull()
    expect([clock.now(), proxy.connections(), count(second, key.metadata)]).toEqual([0, 1, 1])
  })
})

describe('a connection through which nothing comes any more', () => {
  it.each([
    ['both', 1],
    ['to the broker', 1],
    ['to the client', 2]
  ] as const)('(%s) ends with the deadline of its request, and the next one is another', async (way, heard) => {
    const broker = await scriptedBroker()
    const proxy = await proxyTo(broker)
    const { clock, ask } = clientOf([proxy.port])
    expect(faultOf(await ask())).toBeNull()
    proxy.forget(way)
    const lost = ask()
    await turn()
    if (way === 'to the client') await until(() => count(broker, key.metadata) === 2, 'the request')
    clock.advance(29_999)
    clock.advance(1)
    expect(faultOf(await lost)).toMatchObject({ reason: 'no answer to Metadata within 30000 ms' })
    expect(count(broker, key.metadata)).toBe(heard)
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
    expect(proxy.connections()).toBe(2)
  })

  it('is half open once the broker has closed it: nobody says so, and the next request finds out', async () => {
    const broker = await scriptedBroker()
    const proxy = await proxyTo(broker)
    const { clock, ask } = clientOf([proxy.port])
    expect(faultOf(await ask())).toBeNull()
    proxy.forget('to the client')
    broker.sockets[0]?.end()
    await until(() => broker.sockets[0]?.destroyed === true, 'the end at the broker')
    const lost = ask()
    await turn()
    clock.advance(30_000)
    expect(faultOf(await lost)).toMatchObject({ reason: 'no answer to Metadata within 30000 ms' })
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
  })

  it.each([
    ['plain TCP', {}],
    ['TLS', { tls }]
  ] as const)(
    'while none is sent is asked by the system after ten seconds whether it is there: %s',
    async (_what, more) => {
      const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive')
      onTestFinished(() => {
        keepAlive.mockRestore()
      })
      const secure = { cert: pem('broker.pem'), key: pem('broker.key') }
      const broker = await scriptedBroker(undefined, 'tls' in more ? { tls: secure } : {})
      const { ask } = clientOf([broker.port], more)
      expect(faultOf(await ask())).toBeNull()
      expect(keepAlive.mock.calls).toEqual([[true, 10_000]])
    }
  )
})

describe('a connection that is cut at a request', () => {
  it.each([
    ['before the broker has seen it', { cutBefore: 1 }, 0],
    ['before the broker has seen it, by a reset', { cutBefore: 1, reset: true }, 0],
    ['when the broker has answered', { cutAfter: 1 }, 1],
    ['when the broker has answered, by a reset', { cutAfter: 1, reset: true }, 1]
  ] as const)('%s, fails that request, and the next one is another', async (_what, cut, heard) => {
    const broker = await scriptedBroker()
    const proxy = await proxyTo(broker)
    proxy.trouble({ apis: [key.metadata], ...cut })
    const { clock, ask } = clientOf([proxy.port])
    expect(faultOf(await ask())).toMatchObject({ _tag: 'ConnectionFault' })
    expect([proxy.connections(), count(broker, key.apiVersions), count(broker, key.metadata)]).toEqual([1, 1, heard])
    proxy.trouble({})
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
    expect(proxy.connections()).toBe(2)
  })

  it('takes answers that are late, slow and in pieces of a byte', async () => {
    const broker = await scriptedBroker()
    const proxy = await proxyTo(broker)
    proxy.trouble({ delayMs: 2, jitterMs: 2, bytesPerSecond: 100_000, sliceBytes: 1 })
    const { ask } = clientOf([proxy.port])
    expect(faultOf(await ask())).toBeNull()
    expect(proxy.connections()).toBe(1)
  })
})
