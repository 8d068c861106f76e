import type { CurrentLeader } from '../../../ports/kafka-calls.js'
import type { ListedSharePartition } from '../../../core/share/share-messages.js'
import { groupedBy } from '../../../core/protocol/grouped-by.js'
import { array, type Field, int32, int64, nullable, string, struct, type MessageOf } from './message.js'
import type { NodeEndpoint } from './named-leader.js'
import { versionsOf, type VersionsText } from './versions.js'

const int8s = (versions: VersionsText): Field<readonly number[]> => ({
  type: { arrayOf: 'int8' },
  versions: versionsOf(versions),
  tag: null,
  absent: []
})

/** The offsets that a request acknowledges. */
export const acknowledgementBatches = /*#__PURE__*/ array('0+', {
  firstOffset: /*#__PURE__*/ int64('0+'),
  lastOffset: /*#__PURE__*/ int64('0+'),
  acknowledgeTypes: /*#__PURE__*/ int8s('0+')
})

/** The leader of a partition, as named by a broker that is not the leader. */
export const currentLeader = /*#__PURE__*/ struct(
  '0+',
  { leaderId: /*#__PURE__*/ int32('0+', -1), leaderEpoch: /*#__PURE__*/ int32('0+', -1) },
  { leaderId: -1, leaderEpoch: -1 }
)

export const nodeEndpoints = /*#__PURE__*/ array('0+', {
  nodeId: /*#__PURE__*/ int32('0+'),
  host: /*#__PURE__*/ string('0+'),
  port: /*#__PURE__*/ int32('0+'),
  rack: /*#__PURE__*/ nullable(/*#__PURE__*/ string('0+'))
})

/** The partitions of a request, by topic. */
export const byTopic = (listed: readonly ListedSharePartition[]) =>
  [...groupedBy(listed, ({ topicId }) => topicId)].map(([topicId, those]) => ({
    topicId,
    partitions: those.map(({ partition, acknowledgements }) => ({
      partitionIndex: partition,
      acknowledgementBatches: acknowledgements.map(({ firstOffset, lastOffset, types }) => ({
        firstOffset,
        lastOffset,
        acknowledgeTypes: types
      }))
    }))
  }))

/** The partitions of an answer, without those of a topic with an unknown ID. */
export const answeredPartitions = <Part, A>(
  topics: readonly { readonly topicId: string | null; readonly partitions: readonly Part[] }[],
  answered: (topicId: string, part: Part) => A
): readonly A[] =>
  topics.flatMap(({ topicId, partitions }) =>
    topicId === null ? [] : partitions.map((part) => answered(topicId, part))
  )

/** null if the broker names none */
export const leaderOf = ({ leaderId, leaderEpoch }: MessageOf<LeaderFields>): CurrentLeader | null =>
  leaderId < 0 ? null : { nodeId: leaderId, leaderEpoch }

interface LeaderFields {
  readonly [name: string]: Field<number>
  readonly leaderId: Field<number>
  readonly leaderEpoch: Field<number>
}

/** The addresses of the named leaders. */
export const endpointsOf = (all: readonly NodeEndpoint[]): readonly NodeEndpoint[] =>
  all.map(({ nodeId, host, port }) => ({ nodeId, host, port }))
