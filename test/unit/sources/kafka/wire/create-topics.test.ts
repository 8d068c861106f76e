import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { OwnAdminCalls } from '../../../../../src/sources/kafka/admin/own-admin-calls.js'
import { createMissingTopics } from '../../../../../src/sources/kafka/create-topics.js'
import { WireError } from '../../../../../src/sources/kafka/network/wire-error.js'
import { messageCodec } from '../../../../../src/sources/kafka/protocol/message-codec.js'
import { metadata as metadataApi } from '../../../../../src/sources/kafka/protocol/metadata.js'
import { RequestWriter } from '../../../../../src/sources/kafka/protocol/request-writer.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { int16, int32, key, scriptedBroker, text } from '../../../../support/scripted-broker.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const notController = 41
const topics = ['a', 'b', 'c'].map((topic) => ({ topic, partitions: 1 }))

/** CreateTopics v4: a code for each that is named. */
const created = (codes: readonly (readonly [string, number])[]): Buffer =>
  Buffer.concat([
    int32(0),
    int32(codes.length),
    ...codes.flatMap(([topic, code]) => [text(topic), int16(code), int16(-1)])
  ])

/** Metadata v8 of these topics, each with this leader. */
const withLeaders = (port: number, leaderId = 1): Buffer => {
  const partition = {
    errorCode: 0,
    partitionIndex: 0,
    leaderId,
    leaderEpoch: 0,
    replicaNodes: [1],
    isrNodes: [1],
    offlineReplicas: []
  }
  const writer = new RequestWriter()
  messageCodec(metadataApi.response, 8, false).write(writer, {
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: '127.0.0.1', port, rack: null }],
    clusterId: null,
    controllerId: 1,
    topics: topics.map(({ topic }) => ({
      errorCode: 0,
      name: topic,
      topicId: null,
      isInternal: false,
      partitions: [partition],
      topicAuthorizedOperations: 0
    })),
    clusterAuthorizedOperations: 0,
    errorCode: 0
  })
  return Buffer.concat(writer.parts())
}

describe('topics that are created', () => {
  it('while the controller moves are asked for again, those alone that it has done nothing of', async () => {
    const asked: string[] = []
    const broker = await scriptedBroker(({ key: api, body, reply }) => {
      if (api === key.metadata) return reply(withLeaders(broker.port))
      if (api !== key.createTopics) return undefined
      const names = topics.map(({ topic }) => topic).filter((topic) => body.includes(text(topic)))
      asked.push(names.join(''))
      return reply(created(names.map((topic) => [topic, topic !== 'b' && asked.length < 3 ? notController : 0])))
    })
    const clock = new VirtualClock()
    const answer = firstValueFrom(
      createMissingTopics(
        connectionSettings([broker.port], { requestTimeoutMs: 1_000_000_000 }),
        { clock, random: () => 0 },
        topics
      )
    )
    let isDone = false
    void answer.then(() => (isDone = true))
    while (!(isDone as boolean)) {
      clock.advance(50)
      await new Promise((go) => setImmediate(go))
    }
    expect([await answer, asked]).toEqual([{ _tag: 'Right', right: undefined }, ['abc', 'ac', 'ac']])
  })

  it('are not waited for any more when the admin client is closed', async () => {
    let looks = 0
    const broker = await scriptedBroker(({ key: api, reply }) => {
      if (api === key.createTopics) return reply(created(topics.map(({ topic }) => [topic, 0])))
      if (api !== key.metadata) return undefined
      looks++
      return reply(withLeaders(broker.port, -1))
    })
    const clock = new VirtualClock()
    const settings = connectionSettings([broker.port], { requestTimeoutMs: 1_000_000_000 })
    const own = new OwnAdminCalls(settings, clock, { clock, random: () => 0 })
    const turn = async (): Promise<void> => {
      clock.advance(50)
      await new Promise((go) => setImmediate(go))
    }
    const answer = own.createTopics(topics).then(
      () => 'created',
      (error: unknown) => (error instanceof WireError ? error.fault._tag : error)
    )
    while (looks < 2) await turn()
    own.close()
    let outcome: unknown = null
    void answer.then((given) => (outcome = given))
    const before = looks
    for (let turns = 0; turns < 20; turns++) await turn()

    expect([outcome, looks - before]).toEqual(['ClosedFault', 0])
  })
})
