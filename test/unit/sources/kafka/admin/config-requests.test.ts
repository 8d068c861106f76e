import { describe, expect, it } from 'vitest'
import { OwnAdminCalls } from '../../../../../src/sources/kafka/admin/own-admin-calls.js'
import { WireError } from '../../../../../src/sources/kafka/network/wire-error.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import {
  int16,
  int32,
  key,
  metadata,
  type ScriptedBroker,
  scriptedBroker,
  text
} from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const describeKey = 32
const alterKey = 44
const types: Readonly<Record<number, string>> = { 2: 'topic', 4: 'broker', 32: 'group' }

/** The resources of a request: DescribeConfigs v1, or IncrementalAlterConfigs v0. */
const resourcesIn = (api: number, body: Buffer): readonly { readonly type: number; readonly name: string }[] => {
  let at = 4
  const string = (): string => {
    const length = Math.max(0, body.readInt16BE(at))
    at += 2 + length
    return body.toString('utf8', at - length, at)
  }
  return Array.from({ length: body.readInt32BE(0) }, () => {
    const type = body.readInt8(at++)
    const name = string()
    const count = body.readInt32BE(at)
    at += 4
    for (let left = count; left > 0; left--) {
      string()
      if (api === describeKey) continue
      at++
      string()
    }
    return { type, name }
  })
}

/** Two brokers, and the resources that each was asked about. Each says of which node it is. */
const cluster = async (codes: Readonly<Record<string, number>> = {}) => {
  const asked: string[][] = [[], []]
  const brokers: ScriptedBroker[] = []
  const broker = (index: number): Promise<ScriptedBroker> =>
    scriptedBroker(
      ({ key: api, body, reply }) => {
        if (api === key.metadata) return reply(metadata(brokers.map(({ port }) => port)))
        if (api !== describeKey && api !== alterKey) return undefined
        const resources = resourcesIn(api, body)
        asked[index]?.push(...resources.map(({ type, name }) => `${types[type] ?? ''} ${name}`))
        const entry = Buffer.concat([text('node'), text(String(index + 1)), Buffer.from([0, 5, 0]), int32(0)])
        const entries = Buffer.concat([int32(1), entry])
        const answers = resources.map(({ type, name }) =>
          Buffer.concat([
            int16(codes[name] ?? 0),
            codes[name] === undefined ? int16(-1) : text(''),
            Buffer.from([type]),
            text(name),
            api === describeKey ? entries : Buffer.alloc(0)
          ])
        )
        return reply(Buffer.concat([int32(0), int32(answers.length), ...answers]))
      },
      {
        speaks: [
          [key.metadata, 0, 8],
          [key.apiVersions, 0, 3],
          [describeKey, 0, 1],
          [alterKey, 0, 0]
        ]
      }
    )
  brokers.push(await broker(0), await broker(1))
  const clock = new VirtualClock()
  const own = new OwnAdminCalls(connectionSettings([brokers[0]?.port ?? 0]), clock, { clock, random: () => 0 })
  return { own, asked }
}

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof WireError ? error.fault : error)
  )

describe('configurations', () => {
  it('of a broker are described by that broker, all others by any; in the order of the call', async () => {
    const { own, asked } = await cluster()
    const described = await own.describeConfigs([
      { type: 'broker', name: '2' },
      { type: 'topic', name: 'a', only: ['node'] },
      { type: 'group', name: 'g' }
    ])
    expect(asked).toEqual([['topic a', 'group g'], ['broker 2']])
    expect(described.map(({ type, name, entries }) => [type, name, entries[0]?.value])).toEqual([
      ['broker', '2', '2'],
      ['topic', 'a', '1'],
      ['group', 'g', '1']
    ])
  })

  it('of a broker are changed by that broker, all others by any', async () => {
    const { own, asked } = await cluster()
    await own.alterConfigs([
      { type: 'topic', name: 'a', set: { 'retention.ms': '1' } },
      { type: 'broker', name: '2', unset: ['log.cleaner.threads'] }
    ])
    expect(asked).toEqual([['topic a'], ['broker 2']])
  })

  it('of a topic and a group of the same name are not mistaken for each other', async () => {
    const { own } = await cluster()
    const both = [
      { type: 'group', name: 'a' },
      { type: 'topic', name: 'a' }
    ] as const
    expect((await own.describeConfigs(both)).map(({ type, name }) => ({ type, name }))).toEqual(both)
  })

  it('that may not be read or changed name their owner', async () => {
    const { own } = await cluster({ a: 29, g: 30 })
    const denied = (resource: string, name: string): unknown => ({ _tag: 'AuthorizationFault', resource, name })
    expect(await faultOf(own.describeConfigs([{ type: 'topic', name: 'a' }]))).toEqual(denied('topic', 'a'))
    expect(await faultOf(own.describeConfigs([{ type: 'group', name: 'g' }]))).toEqual(denied('group', 'g'))
    expect(await faultOf(own.alterConfigs([{ type: 'topic', name: 'a' }]))).toEqual(denied('topic', 'a'))
    expect(await faultOf(own.alterConfigs([{ type: 'group', name: 'g' }]))).toEqual(denied('group', 'g'))
  })

  it('of a topic that does not exist name it, though the broker’s message is empty', async () => {
    const { own } = await cluster({ a: 3 })
    expect(await faultOf(own.describeConfigs([{ type: 'topic', name: 'a' }]))).toEqual({
      _tag: 'BrokerFault',
      api: 'DescribeConfigs',
      code: 3,
      name: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'a'
    })
  })

  it('of a broker that is not in the cluster are a fault that says so', async () => {
    const { own } = await cluster()
    const fault = { _tag: 'ConnectionFault', broker: 'node 77', reason: 'not in the cluster' }
    expect(await faultOf(own.describeConfigs([{ type: 'broker', name: '77' }]))).toEqual(fault)
    expect(await faultOf(own.alterConfigs([{ type: 'broker', name: '77', unset: ['x'] }]))).toEqual(fault)
  })
})
