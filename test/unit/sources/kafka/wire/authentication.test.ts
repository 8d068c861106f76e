import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { setImmediate as turn } from 'node:timers/promises'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { SaslSettings } from '../../../../../src/config/sasl.js'
import { ConsumerError, type Fault, secret } from '../../../../../src/index.js'
import type { KafkaCalls } from '../../../../../src/ports/kafka-calls.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { until } from '../../../../support/collect.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import {
  authenticated,
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

const plain: SaslSettings = { mechanism: 'PLAIN', username: 'alice', password: secret('wonderland') }

interface Client {
  readonly calls: KafkaCalls
  readonly clock: VirtualClock
  /** Asks any broker. */
  readonly ask: () => Promise<Either<Fault, unknown>>
}

/** With Kafka's own times; they pass when the test says so. */
const clientOf = (brokers: readonly ScriptedBroker[], sasl: SaslSettings): Client => {
  const clock = new VirtualClock()
  const times = { requestTimeoutMs: 30_000, connectionTimeoutMs: 10_000, connectionTimeoutMaxMs: 30_000 }
  const settings = connectionSettings(
    brokers.map(({ port }) => port),
    { sasl, maxIdleMs: 1e9, ...times }
  )
  const calls = kafkaCalls(
    settings,
    { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 300_000 },
    { clock, random: () => 0 }
  )
  return { calls, clock, ask: () => firstValueFrom(calls.metadata([])) }
}

const faultOf = (answer: Either<Fault, unknown>): Fault | null => (isLeft(answer) ? answer.left : null)

const count = ({ requests }: ScriptedBroker, api: number): number =>
  requests.filter((request) => request.key === api).length

const jwtLike = { value: 'abc.def.ghi' }

describe('authenticating', () => {
  it.each([130, 250, 3_000, 9_900])('waits for a broker that takes %d ms for each step', async (ms) => {
    const late: (() => void)[] = []
    const broker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.saslHandshake) return late.push(() => reply(Buffer.concat([int16(0), int32(1), text('PLAIN')])))
      if (api === key.saslAuthenticate) return late.push(() => reply(authenticated()))
      return undefined
    })
    const { calls, clock, ask } = clientOf([broker], plain)
    const answer = ask()
    for (let step = 0; step < 2; step++) {
      await until(() => late.length > 0, 'a step')
      clock.advance(ms)
      late.shift()?.()
    }
    expect(faultOf(await answer)).toBeNull()
    calls.close()
  })

  it('tries again where a step is not answered within the setup timeout', async () => {
    let silent = true
    const broker = await scriptedBroker(({ key: api }) =>
      api === key.saslAuthenticate && silent ? silence : undefined
    )
    const { calls, clock, ask } = clientOf([broker], plain)
    const answer = ask()
    await until(() => count(broker, key.saslAuthenticate) === 1, 'the message')
    clock.advance(10_000)
    const reason = 'no answer to SaslAuthenticate within 10000 ms'
    expect(faultOf(await answer)).toMatchObject({ _tag: 'ConnectionFault', reason })
    silent = false
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
    calls.close()
  })

  it.each([
    ['closed', (one: { readonly socket: { end: () => unknown } }) => one.socket.end()],
    ['reset', (one: { readonly socket: { resetAndDestroy: () => unknown } }) => one.socket.resetAndDestroy()]
  ])('takes a connection that is %s in between for no refusal', async (_what, cut) => {
    const broker = await scriptedBroker((request) => {
      if (request.key !== key.saslAuthenticate) return undefined
      cut(request)
      return silence
    })
    const { calls, ask } = clientOf([broker], plain)
    expect(faultOf(await ask())).toMatchObject({ _tag: 'ConnectionFault' })
    calls.close()
  })

  it('says what the broker said of a wrong password', async () => {
    const message = 'Authentication failed: Invalid username or password'
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ code: 58, message })) : undefined
    )
    const { calls, ask } = clientOf([broker], plain)
    expect(faultOf(await ask())).toEqual({
      _tag: 'AuthenticationFault',
      broker: `127.0.0.1:${String(broker.port)}`,
      reason: message
    })
    calls.close()
  })

  it('is over with a listener that has no SASL, and says so', async () => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslHandshake ? reply(Buffer.concat([int16(34), int32(0)])) : undefined
    )
    const { calls, ask } = clientOf([broker], plain)
    expect(faultOf(await ask())).toEqual({
      _tag: 'AuthenticationFault',
      broker: `127.0.0.1:${String(broker.port)}`,
      reason: 'its listener has no SASL (ILLEGAL_SASL_STATE)'
    })
    calls.close()
  })

  it.each([
    ['PLAIN', plain, 'wonderland'],
    ['OAUTHBEARER', { mechanism: 'OAUTHBEARER', token: () => Promise.resolve(jwtLike) } as const, jwtLike.value]
  ])('hides the secret of %s where the broker repeats it', async (mechanism, sasl, repeated) => {
    const broker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.saslHandshake) return reply(Buffer.concat([int16(0), int32(1), text(mechanism)]))
      return api === key.saslAuthenticate
        ? reply(authenticated({ code: 58, message: `no: ${repeated} is wrong` }))
        : undefined
    })
    const { calls, ask } = clientOf([broker], sasl)
    expect(faultOf(await ask())).toMatchObject({ _tag: 'AuthenticationFault', reason: 'no: [redacted] is wrong' })
    calls.close()
  })

  it.each([
    ['is refused', authenticated({ code: 58, message: 'neither abc.first.x nor abc.second.x' }), 'AuthenticationFault'],
    ['fails', authenticated({ code: -1, message: 'neither abc.first.x nor abc.second.x' }), 'ConnectionFault']
  ])('hides a token that was renewed since, where a later exchange %s', async (_what, refusal, tag) => {
    const broker = await scriptedBroker(({ key: api, connection, reply }) =>
      api === key.saslAuthenticate && connection > 0 ? reply(refusal) : undefined
    )
    const values = ['abc.first.x', 'abc.second.x']
    const token = (): Promise<{ value: string }> => Promise.resolve({ value: values.shift() ?? 'abc.third.x' })
    const { calls, ask } = clientOf([broker], { mechanism: 'OAUTHBEARER', token })
    expect(faultOf(await ask())).toBeNull()
    const [socket] = broker.sockets
    socket?.destroy()
    let fault = faultOf(await ask())
    while (fault === null || broker.sockets.length < 2) fault = faultOf(await ask())
    expect(fault).toMatchObject({ _tag: tag, reason: expect.stringContaining('neither [redacted] nor [redacted]') })
    calls.close()
  })

  it('hides the message of a mechanism of the user’s own where the broker repeats it, and in the user’s own words', async () => {
    const signed = `signed by ${'x'.repeat(32)}`
    let repeated = true
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ code: 58, message: `no: ${signed}` })) : undefined
    )
    const authenticate = () => (): Promise<Uint8Array> => {
      if (repeated) return Promise.resolve(Buffer.from(signed))
      throw new Error(`${signed} was not taken`)
    }
    const { calls, clock, ask } = clientOf([broker], { mechanism: 'custom', custom: { name: 'MINE', authenticate } })
    expect(faultOf(await ask())).toMatchObject({ reason: 'no: [redacted]' })
    repeated = false
    clock.advance(100)
    expect(faultOf(await ask())).toMatchObject({ reason: '[redacted] was not taken' })
    calls.close()
  })

  it('says which mechanisms the broker takes instead', async () => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslHandshake
        ? reply(Buffer.concat([int16(33), int32(2), text('SCRAM-SHA-512'), text('GSSAPI')]))
        : undefined
    )
    const { calls, ask } = clientOf([broker], plain)
    const reason = 'it does not support PLAIN, only SCRAM-SHA-512, GSSAPI'
    expect(faultOf(await ask())).toMatchObject({ _tag: 'AuthenticationFault', reason })
    calls.close()
  })

  it('takes any other code for trouble that passes', async () => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ code: -1, message: 'oops' })) : undefined
    )
    const { calls, ask } = clientOf([broker], plain)
    expect(faultOf(await ask())).toMatchObject({ _tag: 'ConnectionFault', reason: expect.stringContaining('oops') })
    calls.close()
  })

  it('asks another broker where one refuses, and goes on', async () => {
    const stale = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ code: 58, message: 'who?' })) : undefined
    )
    const other = await scriptedBroker()
    const { calls, ask } = clientOf([stale, other], plain)
    expect(faultOf(await ask())).toBeNull()
    calls.close()
  })

  it('does not end a consumer for one broker that refuses what others take', async () => {
    const stale = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ code: 58, message: 'who?' })) : undefined
    )
    const nodes: ScriptedBroker[] = []
    const other: ScriptedBroker = await scriptedBroker(({ key: api, reply }) =>
      api === key.metadata ? reply(metadata(nodes.map(({ port }) => port))) : undefined
    )
    nodes.push(stale, other)
    const { calls, ask } = clientOf([other], plain)
    expect(faultOf(await ask())).toBeNull()
    const listed = await firstValueFrom(calls.listOffsets(1, { isolation: 'read_committed', partitions: [] }))
    expect(faultOf(listed)).toMatchObject({
      _tag: 'ConnectionFault',
      reason: expect.stringMatching(/^who\?.*other brokers/)
    })
    await other.stop()
    calls.close()
  })

  it('ends it where no other broker takes them', async () => {
    const refuse = (): Promise<ScriptedBroker> =>
      scriptedBroker(({ key: api, reply }) =>
        api === key.saslAuthenticate ? reply(authenticated({ code: 58, message: 'who?' })) : undefined
      )
    const { calls, ask } = clientOf([await refuse(), await refuse()], plain)
    expect(faultOf(await ask())).toMatchObject({ _tag: 'AuthenticationFault', reason: 'who?' })
    calls.close()
  })
})

describe('a token', () => {
  it('that never comes is a fault when its time is over, and asked for again', async () => {
    const broker = await scriptedBroker()
    let asked = 0
    const token = (): Promise<typeof jwtLike> =>
      asked++ === 0 ? new Promise(() => undefined) : Promise.resolve(jwtLike)
    const { calls, clock, ask } = clientOf([broker], { mechanism: 'OAUTHBEARER', token })
    const answer = ask()
    await until(() => asked === 1, 'that it is asked for')
    clock.advance(10_000)
    const reason = 'OAUTHBEARER did not finish within 10000 ms'
    expect(faultOf(await answer)).toMatchObject({ _tag: 'ConnectionFault', reason })
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
    expect(asked).toBe(2)
    calls.close()
  })

  it('whose provider throws is tried again, unless that throws a fault of its own', async () => {
    const broker = await scriptedBroker()
    const fault: Fault = { _tag: 'AuthenticationFault', broker: 'the authorization server', reason: 'revoked' }
    for (const [thrown, expected] of [
      [new Error('it is down'), { _tag: 'ConnectionFault', reason: 'it is down' }],
      [new ConsumerError(fault), fault]
    ] as const) {
      const { calls, ask } = clientOf([broker], { mechanism: 'OAUTHBEARER', token: () => Promise.reject(thrown) })
      expect(faultOf(await ask())).toMatchObject(expected)
      calls.close()
    }
  })

  it('that the broker refuses is final with the words of the broker; one that had ended is not', async () => {
    for (const [expiresAt, tag] of [
      [1_000_000, 'AuthenticationFault'],
      [0, 'ConnectionFault']
    ] as const) {
      let messages = 0
      const broker = await scriptedBroker(({ key: api, reply }) => {
        if (api !== key.saslAuthenticate) return undefined
        const challenge = Buffer.from('{"status":"invalid_token"}')
        reply(
          messages++ === 0 ? authenticated({ challenge }) : authenticated({ code: 58, message: challenge.toString() })
        )
        return silence
      })
      const token = (): Promise<{ value: string; expiresAt: number }> => Promise.resolve({ ...jwtLike, expiresAt })
      const { calls, ask } = clientOf([broker], { mechanism: 'OAUTHBEARER', token })
      expect(faultOf(await ask())).toMatchObject({ _tag: tag, reason: '{"status":"invalid_token"}' })
      calls.close()
    }
  })
})

describe('a mechanism of the user’s own', () => {
  it('exchanges messages until it has no more to say', async () => {
    const said: string[] = []
    const broker = await scriptedBroker(({ key: api, reply, body }) => {
      if (api === key.saslHandshake) said.push(body.subarray(2).toString())
      if (api !== key.saslAuthenticate) return undefined
      said.push(body.subarray(4).toString())
      reply(authenticated({ challenge: Buffer.from(`answer ${String(said.length)}`) }))
      return silence
    })
    const custom = {
      name: 'AWS_MSK_IAM',
      authenticate:
        ({ host }: { readonly host: string }) =>
        (challenge: Uint8Array | null) => {
          const text = challenge === null ? `signed for ${host}` : Buffer.from(challenge).toString()
          return Promise.resolve(text === 'answer 3' ? null : Buffer.from(text))
        }
    }
    const { calls, ask } = clientOf([broker], { mechanism: 'custom', custom })
    expect(faultOf(await ask())).toBeNull()
    expect(said).toEqual(['AWS_MSK_IAM', 'signed for 127.0.0.1', 'answer 2'])
    calls.close()
  })
})

describe('a session that ends (KIP-368)', () => {
  const sessions = async (
    sessionMs: number,
    sasl: SaslSettings = plain
  ): Promise<Client & { readonly broker: ScriptedBroker; readonly exchanges: () => number }> => {
    const broker = await scriptedBroker(({ key: api, reply }) =>
      api === key.saslAuthenticate ? reply(authenticated({ sessionMs })) : undefined
    )
    return { ...clientOf([broker], sasl), broker, exchanges: () => count(broker, key.saslAuthenticate) }
  }

  it('is renewed once, at 85 % of it, not before each request', async () => {
    const { calls, clock, ask, exchanges, broker } = await sessions(5_000)
    await ask()
    for (const [ms, expected] of [
      [4_249, 1],
      [1, 2],
      [4_249, 2],
      [1, 3]
    ] as const) {
      // prettier-ignore
      clock.advance(ms)
      await until(() => exchanges() === expected, `exchange ${String(expected)}`)
      for (let request = 0; request < 5; request++) expect(faultOf(await ask())).toBeNull()
      expect(exchanges()).toBe(expected)
    }
    expect(broker.sockets).toHaveLength(1)
    calls.close()
  })

  it('is renewed between two requests: after what is awaited, and before what comes meanwhile', async () => {
    const answers: (() => void)[] = []
    const order: string[] = []
    const broker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.saslAuthenticate) {
        order.push('authenticate')
        reply(authenticated({ sessionMs: 5_000 }))
        return silence
      }
      if (api !== key.metadata) return undefined
      order.push('metadata')
      return answers.push(() => {
        reply(metadata([]))
      })
    })
    const { calls, clock, ask } = clientOf([broker], plain)
    const first = ask()
    await until(() => answers.length === 1, 'the first request')
    clock.advance(4_250)
    // The exchange is prepared; it waits for the answer, and nothing else may be written now.
    await turn()
    const second = ask()
    answers.shift()?.()
    await first
    await until(() => answers.length === 1, 'the second request')
    answers.shift()?.()
    expect(faultOf(await second)).toBeNull()
    expect(order).toEqual(['authenticate', 'metadata', 'authenticate', 'metadata'])
    calls.close()
  })

  it('of 25 hours is renewed a day later, by a new token', async () => {
    const hour = 3_600_000
    let asked = 0
    const token = (): Promise<typeof jwtLike> => {
      asked++
      return Promise.resolve(jwtLike)
    }
    const { calls, clock, ask, exchanges } = await sessions(25 * hour, { mechanism: 'OAUTHBEARER', token })
    await ask()
    for (let passed = 0; passed < 21; passed++) {
      clock.advance(hour)
      await ask()
    }
    expect([exchanges(), asked]).toEqual([1, 1])
    clock.advance(hour / 4)
    await until(() => exchanges() === 2, 'the renewal')
    expect(asked).toBe(2)
    calls.close()
  })

  it('goes on while a token is waited for, and on a new connection if none comes', async () => {
    let asked = 0
    const token = (): Promise<typeof jwtLike> =>
      ++asked === 2 ? new Promise(() => undefined) : Promise.resolve(jwtLike)
    const { calls, clock, ask, broker } = await sessions(20_000, { mechanism: 'OAUTHBEARER', token })
    await ask()
    clock.advance(17_000)
    await until(() => asked === 2, 'the renewal')
    expect(faultOf(await ask())).toBeNull()
    clock.advance(2_400)
    await until(() => broker.sockets[0]?.destroyed === true, 'that the connection is closed')
    // The call that hangs is shared until its time is over: 10 s after it was made.
    const later = ask()
    await until(() => count(broker, key.apiVersions) === 2, 'another connection')
    await turn()
    await turn()
    clock.advance(7_600)
    expect(faultOf(await later)).toMatchObject({ _tag: 'ConnectionFault' })
    clock.advance(100)
    expect(faultOf(await ask())).toBeNull()
    calls.close()
  })

  it('too short to be renewed is begun on a new connection', async () => {
    const { calls, clock, ask, broker } = await sessions(1_000)
    await ask()
    clock.advance(970)
    await until(() => broker.sockets[0]?.destroyed === true, 'that the connection is closed')
    expect(faultOf(await ask())).toBeNull()
    expect(broker.sockets).toHaveLength(2)
    calls.close()
  })
})
