import { isLeft } from 'fp-ts/lib/Either.js'
import type { Api } from '../sources/kafka/protocol/api.js'
import { fetch } from '../sources/kafka/protocol/fetch.js'
import { findCoordinator } from '../sources/kafka/protocol/find-coordinator.js'
import { heartbeat } from '../sources/kafka/protocol/heartbeat.js'
import { initProducerId } from '../sources/kafka/protocol/init-producer-id.js'
import { joinGroup } from '../sources/kafka/protocol/join-group.js'
import { listOffsets } from '../sources/kafka/protocol/list-offsets.js'
import { metadata } from '../sources/kafka/protocol/metadata.js'
import { latestUsableVersion, type BrokerApiVersions } from '../sources/kafka/protocol/latest-usable-version.js'
import { offsetCommit } from '../sources/kafka/protocol/offset-commit.js'
import { offsetFetch } from '../sources/kafka/protocol/offset-fetch.js'
import { produce } from '../sources/kafka/protocol/produce.js'
import { syncGroup } from '../sources/kafka/protocol/sync-group.js'

const needed: readonly Api<never, unknown>[] = [
  metadata,
  findCoordinator,
  joinGroup,
  syncGroup,
  heartbeat,
  offsetFetch,
  offsetCommit,
  listOffsets,
  fetch(() => ''),
  produce,
  initProducerId
]

/** The requests that a consumer or producer needs and the broker does not support, as text. */
export const missingApis = (supported: BrokerApiVersions): readonly string[] =>
  needed.flatMap((api) => {
    const common = latestUsableVersion(api, supported)
    return isLeft(common) ? [`${api.name} (${common.left.needed} needed, ${common.left.offered} offered)`] : []
  })

/** The latest Kafka version whose new requests the broker supports: a hint, not a guarantee. */
export const kafkaVersionOf = (supported: BrokerApiVersions): string => {
  const upTo = (key: number): number => supported.get(key)?.to ?? -1
  if (upTo(78) >= 1) return '4.1 or later'
  if (upTo(1) >= 17) return '3.9 or later'
  if (upTo(68) >= 0) return '3.7 or later'
  if (upTo(1) >= 13) return '3.1 or later'
  return upTo(1) >= 12 ? '2.7 or later' : 'before 2.7'
}
