import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { HostRules } from '../../../../../src/config/broker-hosts.js'
import { describeFault, type Fault, secret } from '../../../../../src/index.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { int16, int32, key, scriptedBroker, text } from '../../../../support/scripted-broker.js'

/** Metadata v8: the only broker is there, as this broker says. */
const namedIn = (host: string): Buffer =>
  Buffer.concat([
    int32(0),
    int32(1),
    int32(1),
    text(host),
    int32(9092),
    int16(-1),
    int16(-1),
    int32(1),
    int32(0),
    int32(0)
  ])
const coordinatorAt = (host: string): Buffer =>
  Buffer.concat([int32(0), int16(0), int16(-1), int32(1), text(host), int32(9092)])

interface Asked {
  readonly coordinator: Either<Fault, unknown>
  readonly leader: Either<Fault, unknown>
  readonly metadata: Either<Fault, unknown>
  /** the hosts whose address was asked for */
  readonly resolved: readonly string[]
}

/** Asks for everything that leads to other brokers, where one says that these are at `host`. */
const ask = async (host: string, hosts: HostRules): Promise<Asked> => {
  const broker = await scriptedBroker(({ key: api, reply }) => {
    if (api === key.metadata) return reply(namedIn(host))
    return api === key.findCoordinator ? reply(coordinatorAt(host)) : undefined
  })
  const resolved: string[] = []
  const resolve = (name: string): Promise<readonly string[]> => {
    resolved.push(name)
    return name === '127.0.0.1' ? Promise.resolve([name]) : Promise.reject(new Error(`there is no ${name}`))
  }
  const sasl = { mechanism: 'PLAIN', username: 'alice', password: secret('wonderland') } as const
  const settings = connectionSettings([broker.port], {
    sasl,
    hosts,
    requestTimeoutMs: 60_000,
    connectionTimeoutMs: 60_000
  })
  const calls = kafkaCalls(settings, { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 }, { resolve })
  const metadata = await firstValueFrom(calls.metadata([]))
  const coordinator = await firstValueFrom(
    calls.heartbeat({ groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null })
  )
  const leader = await firstValueFrom(
    calls.listOffsets(1, {
      isolation: 'read_uncommitted',
      partitions: [{ topic: 't', partition: 0, timestamp: -1, leaderEpoch: -1 }]
    })
  )
  const again = await firstValueFrom(calls.metadata([]))
  calls.close()
  expect([described(metadata), described(again)]).toEqual(['answered', 'answered'])
  return { coordinator, leader, metadata, resolved }
}

const described = (answer: Either<Fault, unknown>): string => (isLeft(answer) ? describeFault(answer.left) : 'answered')

describe('a host that a broker names', () => {
  it('gets no password in plain text: it is not even looked up', async () => {
    const { coordinator, leader, resolved } = await ask('elsewhere.example', { allowed: null, readable: 'PLAIN' })
    for (const answer of [coordinator, leader])
      expect(described(answer)).toBe(
        "the configuration is wrong: security.protocol is SASL_PLAINTEXT, allowed is SASL_SSL for elsewhere.example:9092, which the cluster names, since PLAIN sends credentials that anybody on the network can read; or 'allow.plaintext.sasl': true"
      )
    expect(new Set(resolved)).toEqual(new Set(['127.0.0.1']))
  })

  it('is refused where no pattern is for it', async () => {
    const { coordinator, leader, resolved } = await ask('elsewhere.example', {
      allowed: ['127.0.0.1', '*.kafka.example'],
      readable: null
    })
    for (const answer of [coordinator, leader])
      expect(described(answer)).toContain('allowed.broker.hosts is 127.0.0.1, *.kafka.example')
    expect(new Set(resolved)).toEqual(new Set(['127.0.0.1']))
  })

  it('is connected to otherwise', async () => {
    const { coordinator, resolved } = await ask('one.kafka.example', {
      allowed: ['127.0.0.1', '*.kafka.example'],
      readable: null
    })
    expect(described(coordinator)).toContain('one.kafka.example:9092 cannot be reached')
    expect(resolved).toContain('one.kafka.example')
  })

  it('is printed without what would move a cursor or turn a line around', async () => {
    const host = 'evil\r\n\u001b[2J\u202e.example'
    const { coordinator } = await ask(host, { allowed: null, readable: null })
    const fault = isLeft(coordinator) ? coordinator.left : null
    expect(fault).toMatchObject({ broker: 'evil\\u000d\\u000a\\u001b[2J\\u202e.example:9092' })
    expect(described(coordinator)).not.toMatch(/[\u0000-\u001f\u202e]/)
  })
})
