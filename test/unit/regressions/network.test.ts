import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/config/connection-settings.js'
import { kafkaCalls } from '../../../src/sources/kafka/kafka-calls.js'
import { connectionSettings } from '../../support/connection-settings.js'
import { key, metadata, scriptedBroker, type ScriptedBroker } from '../../support/scripted-broker.js'

/** A broker that says which brokers there are. */
const startNode = (brokers: () => readonly ScriptedBroker[]): Promise<ScriptedBroker> =>
  scriptedBroker(({ key: api, reply }) =>
    api === key.metadata ? reply(metadata(brokers().map(({ port }) => port))) : undefined
  )

const settingsOf = (...bootstrap: readonly ScriptedBroker[]): ConnectionSettings =>
  connectionSettings(
    bootstrap.map(({ port }) => port),
    { requestTimeoutMs: 1_000, connectionTimeoutMs: 1_000, connectionTimeoutMaxMs: 1_000 }
  )

// platformatic/kafka#232
describe('the broker that was given to begin with', () => {
  it('may go for good, as long as others that the cluster has named are there', async () => {
    const nodes: ScriptedBroker[] = []
    for (let count = 0; count < 3; count++) nodes.push(await startNode(() => nodes))
    const [first, second] = nodes as [ScriptedBroker, ScriptedBroker, ScriptedBroker]
    const calls = kafkaCalls(settingsOf(first), { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 })
    const ask = async (): Promise<boolean> => !isLeft(await firstValueFrom(calls.metadata([])))
    expect(await ask()).toBe(true)
    await first.stop()
    expect(await ask()).toBe(true)
    await second.stop()
    expect([await ask(), await ask()]).toEqual([true, true])
    calls.close()
  })

  it('is asked again when all that the cluster has named are gone', async () => {
    const other: ScriptedBroker = await startNode(() => [other])
    const first = await startNode(() => [other])
    const calls = kafkaCalls(settingsOf(first), { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 })
    const ask = async (): Promise<boolean> => !isLeft(await firstValueFrom(calls.metadata([])))
    expect(await ask()).toBe(true)
    await other.stop()
    expect(await ask()).toBe(true)
    calls.close()
  })
})
