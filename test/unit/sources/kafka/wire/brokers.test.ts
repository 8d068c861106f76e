import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { setImmediate as turn } from 'node:timers/promises'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../../../src/index.js'
import type { JoinGroupResponse, KafkaCalls } from '../../../../../src/ports/kafka-calls.js'
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
  type ScriptedRequest,
  silence,
  text
} from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

interface Client {
  readonly calls: KafkaCalls
  readonly clock: VirtualClock
  readonly ask: () => Promise<Either<Fault, unknown>>
}

const clientOf = (brokers: readonly ScriptedBroker[]): Client => {
  const clock = new VirtualClock()
  const times = { requestTimeoutMs: 30_000, connectionTimeoutMs: 10_000, connectionTimeoutMaxMs: 30_000 }
  const settings = connectionSettings(
    brokers.map(({ port }) => port),
    times
  )
  const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 }
  const calls = kafkaCalls(settings, timeouts, { clock, random: () => 0 })
  return { calls, clock, ask: () => firstValueFrom(calls.metadata([])) }
}

const faultOf = (answer: Either<Fault, unknown>): Fault | null => (isLeft(answer) ? answer.left : null)
const on = ({ requests }: ScriptedBroker, api: number): readonly number[] =>
  requests.filter((one) => one.key === api).map(({ connection }) => connection)

const member = { groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null }
const join = { ...member, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000, protocols: [] }

/** JoinGroup v9: follower of generation 2. */
const joined = Buffer.concat([
  Buffer.from([0]),
  int32(0),
  int16(0),
  int32(2),
  Buffer.from([0, 6]),
  Buffer.from('range'),
  Buffer.from([2]),
  Buffer.from('l'),
  Buffer.from([0, 2]),
  Buffer.from('m'),
  Buffer.from([1, 0])
])

/** A coordinator; a connection number in `dead` is one that a firewall has forgotten: nothing comes through any more. */
const coordinator = async (
  dead: ReadonlySet<number>,
  answer: (request: ScriptedRequest) => unknown = () => undefined
): Promise<ScriptedBroker> => {
  const broker: ScriptedBroker = await scriptedBroker((request) => {
    if (dead.has(request.connection)) return silence
    const answered = answer(request)
    if (answered !== undefined) return answered
    const { key: api, reply } = request
    if (api === key.findCoordinator)
      return reply(Buffer.concat([int32(0), int16(0), int16(-1), int32(1), text('127.0.0.1'), int32(broker.port)]))
    if (api === key.heartbeat) return reply(Buffer.concat([int32(0), int16(0)]))
    if (api === key.joinGroup) return reply(joined)
    return undefined
  })
  return broker
}

const generationOf = (answer: Either<Fault, JoinGroupResponse>): unknown =>
  isLeft(answer) ? answer.left : answer.right.generation

describe('a connection that was forgotten without a word', () => {
  it('is found by asking before JoinGroup goes out on it', async () => {
    const dead = new Set<number>()
    const broker = await coordinator(dead)
    const { calls, clock } = clientOf([broker])
    await firstValueFrom(calls.joinGroup(join))
    const [former = -1] = on(broker, key.joinGroup)
    clock.advance(60_000)
    dead.add(former)
    const second = firstValueFrom(calls.joinGroup(join))
    await until(() => on(broker, key.apiVersions).filter((one) => one === former).length === 2, 'the question')
    clock.advance(3_000)
    expect(generationOf(await second)).toBe(2)
    expect(on(broker, key.joinGroup)).toEqual([former, former + 1])
    calls.close()
  })

  it('is not asked for nothing: one that was heard of a moment ago is there', async () => {
    const broker = await coordinator(new Set())
    const { calls, clock } = clientOf([broker])
    await firstValueFrom(calls.joinGroup(join))
    clock.advance(1_000)
    await firstValueFrom(calls.joinGroup(join))
    expect(on(broker, key.apiVersions)).toHaveLength(broker.sockets.length)
    calls.close()
  })

  it('makes all idle connections to that broker suspect', async () => {
    const dead = new Set<number>()
    const broker = await coordinator(dead)
    const { calls, clock, ask } = clientOf([broker])
    await firstValueFrom(calls.heartbeat(member))
    clock.advance(10)
    // All at once, as when the firewall restarts.
    for (let connection = 0; connection < broker.sockets.length; connection++) dead.add(connection)
    const missed = firstValueFrom(calls.heartbeat(member))
    await until(() => on(broker, key.heartbeat).length === 2, 'the heartbeat')
    clock.advance(5_000)
    expect(faultOf(await missed)).toMatchObject({ reason: 'no answer to Heartbeat within 5000 ms' })
    // The connection for metadata was well when last heard of. Now it is asked first, and given up after 3 s instead of 30.
    const answer = ask()
    await until(() => broker.requests.at(-1)?.key === key.apiVersions, 'the question')
    clock.advance(3_000)
    expect(faultOf(await answer)).toBeNull()
    calls.close()
  })

  it('has whatever is awaited from that broker given up soon', async () => {
    const dead = new Set<number>()
    const broker = await coordinator(dead, ({ key: api }) => (api === key.metadata ? silence : undefined))
    const { calls, clock, ask } = clientOf([broker])
    await firstValueFrom(calls.heartbeat(member))
    const awaited = ask()
    await until(() => on(broker, key.metadata).length === 1, 'the request')
    for (let connection = 0; connection < broker.sockets.length; connection++) dead.add(connection)
    const missed = firstValueFrom(calls.heartbeat(member))
    await turn()
    clock.advance(5_000)
    await missed
    clock.advance(3_000)
    expect(faultOf(await awaited)).toMatchObject({ reason: 'no answer to Metadata within 8000 ms' })
    calls.close()
  })
})

describe('a JoinGroup that is held', () => {
  it('is sent again over a new connection after request.timeout.ms, and the former one is given up then', async () => {
    const held: ScriptedRequest[] = []
    const broker = await coordinator(new Set(), (request) =>
      request.key === key.joinGroup ? held.push(request) : undefined
    )
    const { calls, clock } = clientOf([broker])
    const answer = firstValueFrom(calls.joinGroup(join))
    await until(() => held.length === 1, 'the first')
    clock.advance(29_999)
    await turn()
    expect(held).toHaveLength(1)
    clock.advance(1)
    await until(() => held.length === 2, 'the second')
    await until(() => held[0]?.socket.destroyed === true, 'the end of the first connection')
    held[1]?.reply(joined)
    expect(generationOf(await answer)).toBe(2)
    calls.close()
  })

  it('stays where it is if the broker takes no new connection', async () => {
    const held: ScriptedRequest[] = []
    let full = false
    const broker = await coordinator(new Set(), (request) => {
      if (request.key === key.joinGroup) return held.push(request)
      return full && request.key === key.apiVersions ? request.socket.destroy() : undefined
    })
    const { calls, clock } = clientOf([broker])
    const answer = firstValueFrom(calls.joinGroup(join))
    await until(() => held.length === 1, 'the first')
    full = true
    const connections = broker.sockets.length
    clock.advance(30_000)
    await until(
      () => broker.sockets.length === connections + 1 && broker.sockets.at(-1)?.destroyed === true,
      'the attempt'
    )
    await turn()
    held[0]?.reply(joined)
    expect(generationOf(await answer)).toBe(2)
    expect(held).toHaveLength(1)
    calls.close()
  })

  it('is sent again at once when another connection to the broker is in trouble', async () => {
    const dead = new Set<number>()
    const held: ScriptedRequest[] = []
    const broker = await coordinator(dead, (request) =>
      request.key === key.joinGroup ? held.push(request) : undefined
    )
    const { calls, clock } = clientOf([broker])
    await firstValueFrom(calls.heartbeat(member))
    const answer = firstValueFrom(calls.joinGroup(join))
    await until(() => held.length === 1, 'the first')
    for (let connection = 0; connection < broker.sockets.length; connection++) dead.add(connection)
    const missed = firstValueFrom(calls.heartbeat(member))
    await turn()
    clock.advance(5_000)
    await missed
    await until(() => held.length === 2, 'the second')
    held[1]?.reply(joined)
    expect(generationOf(await answer)).toBe(2)
    calls.close()
  })

  it('is answered by the former connection if that is quicker', async () => {
    const held: ScriptedRequest[] = []
    let slow = false
    const late: (() => void)[] = []
    const broker = await coordinator(new Set(), (request) => {
      if (request.key === key.joinGroup) return held.push(request)
      if (!slow || request.key !== key.apiVersions) return undefined
      return late.push(() => request.socket.destroy())
    })
    const { calls, clock } = clientOf([broker])
    const answer = firstValueFrom(calls.joinGroup(join))
    await until(() => held.length === 1, 'the first')
    slow = true
    clock.advance(30_000)
    await until(() => late.length === 1, 'the new connection')
    held[0]?.reply(joined)
    expect(generationOf(await answer)).toBe(2)
    expect(held).toHaveLength(1)
    calls.close()
  })
})

describe('what any broker can answer', () => {
  /** Three that name each other; `frozen` ones take connections and requests, and say nothing. */
  const cluster = async (frozen: readonly number[] = []): Promise<readonly ScriptedBroker[]> => {
    const nodes: ScriptedBroker[] = []
    for (let index = 0; index < 3; index++)
      nodes.push(
        await scriptedBroker(({ key: api, reply }) => {
          if (frozen.includes(index)) return silence
          if (api === key.metadata) return reply(metadata(nodes.map(({ port }) => port)))
          return undefined
        })
      )
    return nodes
  }
  const asked = (nodes: readonly ScriptedBroker[]): readonly number[] =>
    nodes.map((one) => on(one, key.metadata).length)

  it.each([[[0]], [[0, 1]]])('costs a second for each broker that stands still (%j)', async (frozen) => {
    const nodes = await cluster(frozen)
    const { calls, clock, ask } = clientOf(nodes)
    const answer = ask()
    for (const index of frozen) {
      await until(() => nodes[index]?.requests.length === 1, 'that it is asked')
      clock.advance(1_000)
    }
    expect(faultOf(await answer)).toBeNull()
    expect(clock.now()).toBe(frozen.length * 1_000)
    calls.close()
  })

  it('is not believed of a broker that has just started: it knows no brokers yet, and so no topics', async () => {
    let hasStarted = false
    const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(metadata(hasStarted ? [broker.port] : [])) : undefined
    )
    const { calls } = clientOf([broker])
    const reason = 'the broker that answered knows no brokers yet: it has just started'
    for (const topics of [['t'], 'all'] as const)
      expect(faultOf(await firstValueFrom(calls.metadata(topics)))).toMatchObject({ _tag: 'ConnectionFault', reason })
    hasStarted = true
    expect(faultOf(await firstValueFrom(calls.metadata(['t'])))).toBeNull()
    calls.close()
  })

  it('is not asked again of one that answered too late', async () => {
    const late: (() => void)[] = []
    const nodes: ScriptedBroker[] = []
    for (let index = 0; index < 2; index++)
      nodes.push(
        await scriptedBroker(({ key: api, reply }) => {
          if (api !== key.metadata) return undefined
          const answer = (): true => reply(metadata(nodes.map(({ port }) => port)))
          return index === 0 ? late.push(answer) : answer()
        })
      )
    const { calls, clock, ask } = clientOf(nodes)
    const first = ask()
    await until(() => late.length === 1, 'that the first is asked')
    clock.advance(1_000)
    expect(faultOf(await first)).toBeNull()
    late.shift()?.()
    await until(() => nodes[0]?.sockets[0]?.bytesWritten !== 0, 'the late answer')
    for (let more = 0; more < 3; more++) await turn()
    clock.advance(300_000)
    expect(faultOf(await ask())).toBeNull()
    expect(asked(nodes)).toEqual([1, 2])
    calls.close()
  })

  it('is asked of another when the same is asked again: the first may answer from the past', async () => {
    const nodes = await cluster()
    const { calls, clock, ask } = clientOf(nodes)
    await ask()
    expect(asked(nodes)).toEqual([1, 0, 0])
    clock.advance(100)
    await ask()
    await ask()
    expect(asked(nodes)).toEqual([1, 1, 1])
    clock.advance(300_000)
    await ask()
    await ask()
    expect(asked(nodes)).toEqual([2, 1, 2])
    calls.close()
  })

  it('is asked last of brokers that did not answer', async () => {
    const nodes = await cluster()
    const { calls, clock, ask } = clientOf(nodes)
    await ask()
    await nodes[0]?.stop()
    await turn()
    expect(faultOf(await ask())).toBeNull()
    clock.advance(300_000)
    expect(faultOf(await ask())).toBeNull()
    expect(asked(nodes)[0]).toBe(1)
    calls.close()
  })
})
