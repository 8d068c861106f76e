import { describe, expect, it } from 'vitest'
import { decodeStickyUserData } from '../../../../src/core/group/assignors/sticky-user-data.js'
import { decodeAssignment, decodeSubscription } from '../../../../src/core/group/member-subscription.js'
import type { DescribedApi } from '../../../../src/sources/kafka/protocol/described-api.js'
import { addPartitionsToTxn } from '../../../../src/sources/kafka/protocol/add-partitions-to-txn.js'
import { apiVersions } from '../../../../src/sources/kafka/protocol/api-versions.js'
import { createTopics } from '../../../../src/sources/kafka/protocol/create-topics.js'
import { describeGroups } from '../../../../src/sources/kafka/protocol/describe-groups.js'
import { fetch } from '../../../../src/sources/kafka/protocol/fetch.js'
import { joinGroup } from '../../../../src/sources/kafka/protocol/join-group.js'
import type { Fields } from '../../../../src/sources/kafka/protocol/message.js'
import { messageCodec } from '../../../../src/sources/kafka/protocol/message-codec.js'
import { metadata } from '../../../../src/sources/kafka/protocol/metadata.js'
import { listOffsets } from '../../../../src/sources/kafka/protocol/list-offsets.js'
import { offsetCommit } from '../../../../src/sources/kafka/protocol/offset-commit.js'
import { offsetForLeaderEpoch } from '../../../../src/sources/kafka/protocol/offset-for-leader-epoch.js'
import { txnOffsetCommit } from '../../../../src/sources/kafka/protocol/txn-offset-commit.js'
import { offsetFetch } from '../../../../src/sources/kafka/protocol/offset-fetch.js'
import { RequestWriter } from '../../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseError, ResponseReader, sliceBytes } from '../../../../src/sources/kafka/protocol/response-reader.js'

const frameBytes = 100 * 2 ** 20

const bytesOf = (fields: Fields, version: number, isFlexible: boolean, message: object): Buffer => {
  const writer = new RequestWriter()
  messageCodec(fields, version, isFlexible).write(writer, message as never)
  return Buffer.concat(writer.parts())
}

/** As many of the items as `max.frame.bytes` takes: an answer with one of them beside one with none shows where they are. */
const filled = (api: DescribedApi<never, unknown>, version: number, message: (items: number) => object): Buffer => {
  const isFlexible = version >= api.flexibleFrom
  const [none, one] = [0, 1].map((items) => bytesOf(api.response, version, isFlexible, message(items)))
  if (none === undefined || one === undefined) throw new Error('no answer')
  const least = one.length - none.length
  let at = 0
  while (none[at] === one[at]) at++
  const item = one.subarray(at + 1, at + 1 + least)
  const most = Math.floor((frameBytes - none.length) / least)
  const counted = new RequestWriter()
  if (isFlexible) counted.uvarint(most + 1)
  else counted.int32(most)
  const before = one.subarray(0, isFlexible ? at : at - 3)
  return Buffer.concat([before, ...counted.parts(), Buffer.alloc(least * most, item), one.subarray(at + 1 + least)])
}

const list = <A>(count: number, item: A): readonly A[] => Array.from({ length: count }, () => item)

const member = { memberId: '', groupInstanceId: null, metadata: Buffer.alloc(0) }
const joined = (items: number): object => ({
  throttleTimeMs: 0,
  errorCode: 0,
  generationId: 1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  memberId: '',
  members: list(items, member)
})
const topic = { errorCode: 0, name: '', topicId: null, isInternal: false, partitions: [], topicAuthorizedOperations: 0 }
const partition = {
  errorCode: 0,
  partitionIndex: 0,
  leaderId: 0,
  leaderEpoch: 0,
  replicaNodes: [],
  isrNodes: [],
  offlineReplicas: []
}
const broker = { nodeId: 0, host: '', port: 0, rack: null }
const described = (brokers: number, topics: readonly object[]): object => ({
  throttleTimeMs: 0,
  brokers: list(brokers, broker),
  clusterId: null,
  controllerId: 0,
  topics,
  clusterAuthorizedOperations: 0,
  errorCode: 0
})
/** Of the first of these partitions only is anything asked. */
const asked = { groupId: 'g', partitions: [{ topic: '', partition: 0 }] }
const offset = { partitionIndex: 0, committedOffset: 0n, committedLeaderEpoch: 0, metadata: null, errorCode: 0 }
const fetched = (topics: readonly object[]): object => ({
  throttleTimeMs: 0,
  topics,
  errorCode: 0,
  groups: [{ groupId: '', topics, errorCode: 0 }]
})

const attacks = [
  ['JoinGroup, members', joinGroup, 9, joined],
  ['JoinGroup, members, the older encoding', joinGroup, 5, joined],
  ['Metadata, topics', metadata, 12, (items: number) => described(0, list(items, topic))],
  ['Metadata, brokers', metadata, 12, (items: number) => described(items, [])],
  [
    'Metadata, partitions',
    metadata,
    12,
    (items: number) => described(0, [{ ...topic, partitions: list(items, partition) }])
  ],
  [
    'Metadata, replicas',
    metadata,
    12,
    (items: number) => described(0, [{ ...topic, partitions: [{ ...partition, replicaNodes: list(items, 0) }] }])
  ],
  ['OffsetFetch, topics', offsetFetch, 7, (items: number) => fetched(list(items, { name: '', partitions: [] }))],
  [
    'OffsetFetch, partitions',
    offsetFetch,
    8,
    (items: number) => fetched([{ name: '', partitions: list(items, offset) }])
  ]
] as const

describe('an answer as large as max.frame.bytes', () => {
  it.each(attacks)('full of the least items there are is refused before any is made: %s', (_what, api, version, of) => {
    const bytes = filled(api, version, of)
    const reader = new ResponseReader(bytes)
    const before = process.memoryUsage().heapUsed
    expect(() => api.read(reader, version, asked as never)).toThrow(ResponseError)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20)
  })

  it('full of lists in lists is refused before most of them are made', () => {
    const partitions = Array.from({ length: 1_000 }, () => partition)
    const bytes = bytesOf(
      metadata.response,
      12,
      true,
      described(
        0,
        Array.from({ length: 100 }, () => ({ ...topic, partitions }))
      )
    )
    // The topics of an answer of a hundred topics, many times over: two million partitions in all.
    const none = bytesOf(metadata.response, 12, true, described(0, []))
    const head = none.indexOf(1, 4 + 1 + 1 + 4) // its count of topics
    const topics = bytes.subarray(head + 1, bytes.length - (none.length - head - 1))
    const counted = new RequestWriter().uvarint(2_001)
    const all = Buffer.concat([
      none.subarray(0, head),
      ...counted.parts(),
      ...Array.from({ length: 20 }, () => topics),
      none.subarray(head + 1)
    ])
    expect(() => metadata.read(new ResponseReader(all), 12, undefined as never)).toThrow(
      new ResponseError('lists of more than 450000 elements')
    )
  })

  it('leaves room for the largest clusters: 200,000 partitions of three replicas', () => {
    const replicas = [1, 2, 3]
    const partitions = Array.from({ length: 200 }, () => ({ ...partition, replicaNodes: replicas, isrNodes: replicas }))
    const topics = Array.from({ length: 1_000 }, () => ({ ...topic, partitions }))
    const bytes = bytesOf(metadata.response, 12, true, described(3, topics))
    const { value } = metadata.read(new ResponseReader(bytes), 12, undefined as never)
    expect(value.topics.length * (value.topics[0]?.partitions.length ?? 0)).toBe(200_000)
  })
})

describe('a large answer', () => {
  const many = 40_000
  it.each([
    ['JoinGroup', joinGroup, 9, joined(many)],
    ['JoinGroup, the older encoding', joinGroup, 5, joined(many)],
    [
      'Metadata, in few topics',
      metadata,
      12,
      described(0, list(20, { ...topic, partitions: list(many / 20, partition) }))
    ],
    [
      'Metadata, in many topics',
      metadata,
      12,
      described(0, list(many / 4, { ...topic, partitions: list(4, partition) }))
    ],
    ['OffsetFetch', offsetFetch, 8, fetched([{ name: '', partitions: list(many, offset) }])]
  ] as const)('is read as a small one, but in slices: %s', (_what, api, version, message) => {
    const bytes = bytesOf(api.response, version, version >= api.flexibleFrom, message)
    const reader = new ResponseReader(bytes)
    const slices = (api as DescribedApi<unknown, unknown>).readInSlices(reader, version, asked)
    let [turns, slice] = [1, slices.next()]
    for (; slice.done === false; turns++) slice = slices.next()
    expect(turns).toBeGreaterThanOrEqual(bytes.length / sliceBytes)
    expect(slice.value).toEqual(api.read(new ResponseReader(bytes), version, asked as never))
  })

  const assigned = Buffer.from('00010000000100016100000001000000000000ffff', 'hex')
  const inGroup = {
    memberId: '',
    groupInstanceId: null,
    clientId: '',
    clientHost: '',
    memberMetadata: Buffer.alloc(0),
    memberAssignment: assigned
  }
  const ofTopic = (one: object): object => ({
    throttleTimeMs: 0,
    errorCode: 0,
    topics: [{ name: '', topic: '', topicId: null, partitions: list(many, one) }]
  })
  const code = { errorCode: 0, partitionIndex: 0 }
  const questions: readonly (readonly [DescribedApi<never, unknown>, number, object, unknown])[] = [
    [joinGroup, 9, joined(many), asked],
    [metadata, 12, described(0, list(20, { ...topic, partitions: list(many / 20, partition) })), []],
    [metadata, 12, described(0, list(many, topic)), []],
    [offsetFetch, 8, fetched([{ name: '', partitions: list(many, offset) }]), asked],
    [
      describeGroups,
      5,
      {
        throttleTimeMs: 0,
        groups: [
          {
            errorCode: 0,
            groupId: '',
            groupState: '',
            protocolType: '',
            protocolData: '',
            members: list(many, inGroup),
            authorizedOperations: 0
          }
        ]
      },
      'g'
    ],
    [listOffsets, 8, ofTopic({ ...code, timestamp: -1n, offset: 0n, leaderEpoch: 0 }), asked],
    [offsetForLeaderEpoch, 4, ofTopic({ errorCode: 0, partition: 0, leaderEpoch: 0, endOffset: 0n }), asked.partitions],
    [offsetCommit, 8, ofTopic(code), { offsets: asked.partitions }],
    [txnOffsetCommit, 3, ofTopic(code), { offsets: asked.partitions }],
    [
      addPartitionsToTxn,
      3,
      {
        throttleTimeMs: 0,
        resultsByTopicV3AndBelow: [
          { name: '', resultsByPartition: list(many, { partitionIndex: 0, partitionErrorCode: 0 }) }
        ]
      },
      asked
    ],
    [
      apiVersions,
      3,
      {
        errorCode: 0,
        apiKeys: list(many, { apiKey: 0, minVersion: 0, maxVersion: 0 }),
        throttleTimeMs: 0,
        finalizedFeaturesEpoch: -1n,
        finalizedFeatures: []
      },
      undefined
    ],
    [
      createTopics,
      7,
      {
        throttleTimeMs: 0,
        topics: list(many, {
          name: '',
          topicId: null,
          errorCode: 0,
          errorMessage: null,
          topicConfigErrorCode: 0,
          numPartitions: 0,
          replicationFactor: 0,
          configs: []
        })
      },
      undefined
    ]
  ]

  const byName = (of: typeof questions): readonly (readonly [string, ...(typeof questions)[number]])[] =>
    of.map((one) => [one[0].name, ...one])
  const ofPartitions: ReadonlySet<string> = new Set([
    'OffsetFetch',
    'ListOffsets',
    'OffsetForLeaderEpoch',
    'OffsetCommit',
    'TxnOffsetCommit',
    'AddPartitionsToTxn'
  ])

  it.each(byName(questions))(
    '%s has no turn with more than some thousands of its elements',
    (_name, api, version, message, request) => {
      const bytes = bytesOf(api.response, version, true, message)
      const slices = api.readInSlices(new ResponseReader(bytes), version, request as never)
      let turns = 1
      for (; slices.next().done !== true; turns++);
      // They are read, and then made into what stands for them; of a group's members nothing else is made.
      const isMade = api.name !== 'JoinGroup'
      expect(turns).toBeGreaterThanOrEqual(((isMade ? 2 : 1) * many) / 4_096)
    }
  )

  it.each(byName(questions.filter(([{ name }]) => ofPartitions.has(name))))(
    '%s is listened to for what was asked only',
    (_name, api, version, message, request) => {
      const { value } = api.read(
        new ResponseReader(bytesOf(api.response, version, true, message)),
        version,
        request as never
      )
      const places = Array.isArray(value) ? value : (value as { readonly offsets: readonly unknown[] }).offsets
      expect(places).toEqual([expect.objectContaining({ topic: '', partition: 0 })])
    }
  )

  it.each([
    ['JoinGroup, members', joinGroup, 9, joined(50_001), 'a list of 50001 where at most 50000 are accepted'],
    ['Metadata, brokers', metadata, 12, described(50_001, []), 'a list of 50001 where at most 50000 are accepted'],
    [
      'Metadata, topics',
      metadata,
      12,
      described(0, list(100_001, topic)),
      'a list of 100001 where at most 100000 are accepted'
    ],
    [
      'Metadata, partitions',
      metadata,
      12,
      described(0, [{ ...topic, partitions: list(450_000, partition) }]),
      'lists of more than 450000 elements'
    ]
  ] as const)('is refused where what follows from it would take too long: %s', (_what, api, version, message, says) => {
    const bytes = bytesOf(api.response, version, true, message)
    expect(() => api.read(new ResponseReader(bytes), version, asked as never)).toThrow(new ResponseError(says))
  })

  it('of records is refused beyond what one turn can do', () => {
    const body = (partitions: number): Buffer => {
      const counted = new RequestWriter().uvarint(partitions + 1)
      return Buffer.concat([
        Buffer.alloc(10),
        Buffer.of(2),
        Buffer.alloc(16),
        ...counted.parts(),
        Buffer.alloc(37 * partitions),
        Buffer.of(0, 0)
      ])
    }
    const read = (partitions: number): unknown =>
      fetch(() => 't').read(new ResponseReader(body(partitions)), 13, undefined as never)
    expect(() => read(300_001)).toThrow(new ResponseError('lists of more than 300000 elements'))
    expect(read(3)).toMatchObject({ value: { partitions: list(3, { topic: 't' }) } })
  })
})

describe('what another member says', () => {
  const int32 = (...values: readonly number[]): Uint8Array => {
    const bytes = Buffer.alloc(4 * values.length)
    values.forEach((value, index) => bytes.writeInt32BE(value, index * 4))
    return bytes
  }
  const many = (bytes: Uint8Array, count: number): Uint8Array => Buffer.alloc(bytes.length * count, bytes)
  const version1 = Uint8Array.of(0, 1)

  it('in 100 MB of topics without a name, or of partitions, is read as nothing', () => {
    const before = process.memoryUsage().heapUsed
    const topics = Buffer.concat([version1, int32(50_000_000), Buffer.alloc(100_000_000)])
    expect(decodeSubscription(topics)).toBeNull()
    const partitions = Buffer.concat([
      version1,
      int32(1),
      Uint8Array.of(0, 0),
      int32(25_000_000),
      Buffer.alloc(100_000_000)
    ])
    expect(decodeAssignment(partitions)).toBeNull()
    expect(decodeStickyUserData(partitions.subarray(2))).toEqual({ owned: [], generation: -1 })
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 2 ** 20)
  })

  it('in lists of lists counts in all', () => {
    const place = Buffer.concat([Uint8Array.of(0, 1, 0x61), int32(600_000), many(int32(0), 600_000)])
    expect(decodeAssignment(Buffer.concat([version1, int32(1), place, int32(-1)]))).toEqual([
      { topic: 'a', partition: 0 }
    ])
    expect(decodeAssignment(Buffer.concat([version1, int32(2), place, place, int32(-1)]))).toBeNull()
  })

  it.each([2 ** 31 - 1, -(2 ** 31)])('is never more than its bytes, whatever it counts (%d)', (count) => {
    const bytes = Buffer.concat([version1, int32(count), Uint8Array.of(0, 1, 0x61)])
    expect(decodeAssignment(bytes)).toEqual(count < 0 ? [] : null)
  })
})
