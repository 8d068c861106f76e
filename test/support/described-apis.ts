import fc from 'fast-check'
import { createPartitions } from '../../src/sources/kafka/admin/create-partitions.js'
import { describeConfigs } from '../../src/sources/kafka/admin/describe-configs.js'
import { incrementalAlterConfigs } from '../../src/sources/kafka/admin/incremental-alter-configs.js'
import { addOffsetsToTxn } from '../../src/sources/kafka/protocol/add-offsets-to-txn.js'
import { addPartitionsToTxn } from '../../src/sources/kafka/protocol/add-partitions-to-txn.js'
import { alterShareGroupOffsets } from '../../src/sources/kafka/protocol/alter-share-group-offsets.js'
import { apiVersions } from '../../src/sources/kafka/protocol/api-versions.js'
import { consumerGroupDescribe } from '../../src/sources/kafka/protocol/consumer-group-describe.js'
import { consumerGroupHeartbeat } from '../../src/sources/kafka/protocol/consumer-group-heartbeat.js'
import { createTopics } from '../../src/sources/kafka/protocol/create-topics.js'
import { deleteShareGroupOffsets } from '../../src/sources/kafka/protocol/delete-share-group-offsets.js'
import type { DescribedApi } from '../../src/sources/kafka/protocol/described-api.js'
import { describeGroups } from '../../src/sources/kafka/protocol/describe-groups.js'
import { describeShareGroupOffsets } from '../../src/sources/kafka/protocol/describe-share-group-offsets.js'
import { endTxn } from '../../src/sources/kafka/protocol/end-txn.js'
import { findCoordinator } from '../../src/sources/kafka/protocol/find-coordinator.js'
import { getTelemetrySubscriptions } from '../../src/sources/kafka/protocol/get-telemetry-subscriptions.js'
import { heartbeat } from '../../src/sources/kafka/protocol/heartbeat.js'
import { initProducerId } from '../../src/sources/kafka/protocol/init-producer-id.js'
import { joinGroup } from '../../src/sources/kafka/protocol/join-group.js'
import { leaveGroup } from '../../src/sources/kafka/protocol/leave-group.js'
import { listGroups } from '../../src/sources/kafka/protocol/list-groups.js'
import { listOffsets } from '../../src/sources/kafka/protocol/list-offsets.js'
import type { Field, Fields, Primitive, MessageOf } from '../../src/sources/kafka/protocol/message.js'
import { metadata } from '../../src/sources/kafka/protocol/metadata.js'
import { offsetCommit } from '../../src/sources/kafka/protocol/offset-commit.js'
import { offsetFetch } from '../../src/sources/kafka/protocol/offset-fetch.js'
import { offsetForLeaderEpoch } from '../../src/sources/kafka/protocol/offset-for-leader-epoch.js'
import { pushTelemetry } from '../../src/sources/kafka/protocol/push-telemetry.js'
import { saslAuthenticate } from '../../src/sources/kafka/protocol/sasl-authenticate.js'
import { saslHandshake } from '../../src/sources/kafka/protocol/sasl-handshake.js'
import { shareAcknowledge } from '../../src/sources/kafka/protocol/share-acknowledge.js'
import { shareFetch } from '../../src/sources/kafka/protocol/share-fetch.js'
import { shareGroupDescribe } from '../../src/sources/kafka/protocol/share-group-describe.js'
import { shareGroupHeartbeat } from '../../src/sources/kafka/protocol/share-group-heartbeat.js'
import { syncGroup } from '../../src/sources/kafka/protocol/sync-group.js'
import { txnOffsetCommit } from '../../src/sources/kafka/protocol/txn-offset-commit.js'
import { includesVersion, type Versions } from '../../src/sources/kafka/protocol/versions.js'

/** Every request that is described as data. */
export const describedApis: readonly DescribedApi<never, unknown>[] = [
  addOffsetsToTxn,
  addPartitionsToTxn,
  alterShareGroupOffsets,
  apiVersions,
  consumerGroupDescribe,
  consumerGroupHeartbeat,
  createPartitions,
  createTopics,
  deleteShareGroupOffsets,
  describeConfigs,
  describeGroups,
  describeShareGroupOffsets,
  endTxn,
  findCoordinator,
  getTelemetrySubscriptions,
  heartbeat,
  incrementalAlterConfigs,
  initProducerId,
  joinGroup,
  leaveGroup,
  listGroups,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  offsetForLeaderEpoch,
  pushTelemetry,
  saslAuthenticate,
  saslHandshake,
  shareAcknowledge,
  shareFetch,
  shareGroupDescribe,
  shareGroupHeartbeat,
  syncGroup,
  txnOffsetCommit
]

/** What was asked, as far as any answer is read beside it. */
const place = { topic: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 0 }
export const anythingAsked = Object.assign([place], {
  offsets: [place],
  partitions: [place],
  batches: [place],
  protocol: 'range'
})

export const eachVersion = ({ from, to }: Versions): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** Any message of these fields; what the version does not have is as it is by default. */
export const anyMessage = <F extends Fields>(fields: F, version: number): fc.Arbitrary<MessageOf<F>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        includesVersion(field.versions, version) ? anyValue(field, version) : fc.constant(field.absent)
      ])
    )
  ) as fc.Arbitrary<MessageOf<F>>

const anyValue = ({ type, absent }: Field<unknown>, version: number): fc.Arbitrary<unknown> => {
  const value =
    typeof type === 'string'
      ? anyPrimitive[type]
      : 'struct' in type
        ? anyMessage(type.struct, version)
        : fc.array<unknown>(
            typeof type.arrayOf === 'string' ? anyPrimitive[type.arrayOf] : anyMessage(type.arrayOf, version),
            { maxLength: 3 }
          )
  return absent === null && type !== 'uuid' ? fc.option(value, { freq: 4 }) : value
}

const anyPrimitive: Readonly<Record<Primitive, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => (bytes.every((byte) => byte === 0) ? null : Buffer.from(bytes).toString('base64url')))
}
