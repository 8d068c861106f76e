import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../../../src/config/connection-settings.js'
import type { Fault } from '../../../../../src/model/fault.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'
import { metadata as metadataApi } from '../../../../../src/sources/kafka/protocol/metadata.js'
import { messageCodec } from '../../../../../src/sources/kafka/protocol/message-codec.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { key, metadata, type ScriptedBroker, scriptedBroker } from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const clientOf = (ports: readonly number[], more: Partial<ConnectionSettings> = {}) => {
  const clock = new VirtualClock()
  const settings = connectionSettings(ports, more)
  const calls = kafkaCalls(settings, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 6_000 }, { clock, random: () => 0 })
  const ask = async (): Promise<Fault | null> => {
    const answer = await firstValueFrom(calls.metadata([]))
    return isLeft(answer) ? answer.left : null
  }
  return { clock, calls, ask }
}
const asked = ({ requests }: ScriptedBroker): number => requests.filter((one) => one.key === key.metadata).length
/** A broker that names these, or itself. */
const naming = async (...others: readonly ScriptedBroker[]): Promise<ScriptedBroker> => {
  const broker: ScriptedBroker = await scriptedBroker(({ key: api, reply }) =>
    api === key.metadata ? reply(metadata((others.length > 0 ? others : [broker]).map(({ port }) => port))) : undefined
  )
  return broker
}

describe('bootstrap.servers as a function', () => {
  it('is asked when the first request is made, and again when nobody that is known answers', async () => {
    const former = await naming()
    const latter = await naming()
    let current = former
    let located = 0
    const locate = (): Promise<string> => (located++, Promise.resolve(`127.0.0.1:${String(current.port)}`))
    const { calls, clock, ask } = clientOf([], { locate })
    expect(located).toBe(0)
    expect([await ask(), await ask(), located]).toEqual([null, null, 1])
    current = latter
    await former.stop()
    clock.advance(100)
    expect([await ask(), located, asked(latter)]).toEqual([null, 2, 1])
    clock.advance(100)
    expect([await ask(), located]).toEqual([null, 2])
    calls.close()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no registry')
      },
      'no registry'
    ],
    ['gives no addresses', () => 'localhost', 'bootstrap.servers returned no list of host:port'],
    ['gives none', () => [], 'bootstrap.servers returned no list of host:port']
  ])('that %s is trouble of the network, and is asked again with the next request', async (_what, locate, reason) => {
    let located = 0
    const { calls, ask } = clientOf([], { locate: () => (located++, locate()) })
    const fault = { _tag: 'ConnectionFault', broker: 'bootstrap.servers', reason }
    expect([await ask(), await ask(), located]).toEqual([fault, fault, 2])
    calls.close()
  })

  it('has socket.connection.setup.timeout.ms', async () => {
    const { calls, clock, ask } = clientOf([], { locate: () => new Promise(() => undefined) })
    const answer = ask()
    for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go))
    clock.advance(300)
    expect(await answer).toMatchObject({ _tag: 'ConnectionFault', broker: 'bootstrap.servers' })
    calls.close()
  })
})

describe('metadata.recovery.strategy', () => {
  it.each([
    ['rebootstrap', null, 2],
    ['none', 'ConnectionFault', 1]
  ] as const)('%s, when no broker answers that the cluster has named', async (recovery, tag, times) => {
    const named = await naming()
    const given = await naming(named)
    const { calls, ask, clock } = clientOf([given.port], { recovery })
    expect(await ask()).toBeNull()
    await named.stop()
    clock.advance(100)
    expect([(await ask())?._tag ?? null, asked(given)]).toEqual([tag, times])
    calls.close()
  })

  it('rebootstrap, when a broker says that it is to be begun anew', async () => {
    const refusal = new RequestWriter()
    const nothing = {
      throttleTimeMs: 0,
      brokers: [],
      clusterId: null,
      controllerId: -1,
      topics: [],
      clusterAuthorizedOperations: 0,
      errorCode: 129
    }
    messageCodec(metadataApi.response, 13, true).write(refusal.noTags(), nothing)
    const left = await scriptedBroker(
      ({ key: api, reply }) => (api === key.metadata ? reply(Buffer.concat(refusal.parts())) : undefined),
      { speaks: [[key.metadata, 0, 13]] }
    )
    const given = await naming(left)
    const { calls, ask } = clientOf([given.port])
    expect([await ask(), asked(given), asked(left)]).toEqual([null, 1, 0])
    expect([await ask(), asked(given), asked(left)]).toEqual([null, 2, 1])
    calls.close()
  })
})
