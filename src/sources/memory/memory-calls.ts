import { isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { errorCode } from '../../core/protocol/error-code.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type {
  DescribedGroup,
  FetchResponse,
  KafkaCalls,
  OffsetCommitRequest,
  OffsetFetchResponse,
  PartitionCode,
  PartitionOfTopic
} from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel, FaultyApi } from './broker-model.js'
import type { GroupCoordinator } from './group-coordinator.js'
import { refusedHeartbeat } from './heartbeat-checks.js'
import { MemoryConnection } from './memory-connection.js'
import { serveFetch } from './memory-fetch.js'
import { memoryMetadata } from './memory-metadata.js'
import { refusedJoin, refusedSync } from './group-member.js'

/**
 * Kafka's requests, put to the broker model directly. What a request does it does when it is sent; its answer comes on a
 * later turn, as an answer over a network would.
 */
export const memoryCalls = (model: BrokerModel): KafkaCalls => {
  const connection = new MemoryConnection(model)

  /** Where this client believes that groups are coordinated. */
  const places = new Map<string, number>()

  /** As over a wire: the coordinator is looked up, and again when an answer or a failure shows that it has moved. */
  const toCoordinator = <A>(
    api: FaultyApi,
    groupId: string,
    withCode: (code: number) => A,
    codeOf: (answer: A) => number,
    run: (coordinator: GroupCoordinator, answer: (value: A) => void) => void
  ): Step<A> =>
    connection
      .call<A>(api, withCode, (give) => {
        const coordinator = model.coordinator(groupId)
        const place = places.get(groupId) ?? coordinator.place
        places.set(groupId, place)
        const refused = coordinator.refusal(place)
        // Heartbeats are not turned away while the group is being loaded (`GroupCoordinatorService.heartbeat`).
        const spared = api === 'Heartbeat' && refused === errorCode.COORDINATOR_LOAD_IN_PROGRESS
        if (refused === errorCode.NONE) run(coordinator, give)
        else give(withCode(spared ? errorCode.NONE : refused))
        return undefined
      })
      .pipe(
        tap((answer) => {
          if (isLeft(answer) || hasMoved(codeOf(answer.right))) places.delete(groupId)
        })
      )

  return {
    metadata: (topics) => memoryMetadata(model, connection, topics),
    joinGroup: (request) =>
      toCoordinator(
        'JoinGroup',
        request.groupId,
        (code) => refusedJoin(code, request.memberId),
        ownCode,
        (coordinator, give) => {
          const isOther = model.consumers(request.groupId).hasMembers
          if (isOther) give(refusedJoin(errorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId))
          else coordinator.join(request, give)
        }
      ),
    syncGroup: (request) =>
      toCoordinator('SyncGroup', request.groupId, refusedSync, ownCode, (coordinator, give) => {
        coordinator.sync(request, give)
      }),
    heartbeat: (member) =>
      toCoordinator('Heartbeat', member.groupId, itself, itself, (coordinator, give) => {
        give(coordinator.heartbeat(member))
      }),
    leaveGroup: ({ groupId, memberId, groupInstanceId }) =>
      toCoordinator('LeaveGroup', groupId, itself, itself, (coordinator, give) => {
        give(coordinator.leave(memberId, groupInstanceId))
      }),
    consumerGroupHeartbeat: (request) =>
      toCoordinator('ConsumerGroupHeartbeat', request.groupId, refusedHeartbeat, ownCode, (coordinator, give) => {
        const isClassic = coordinator.describe().state !== 'Empty'
        give(
          isClassic
            ? refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND)
            : model.consumers(request.groupId).heartbeat(request)
        )
      }),
    describeGroup: (groupId) =>
      toCoordinator(
        'DescribeGroups',
        groupId,
        (code): DescribedGroup => ({ code, state: '', members: [] }),
        ownCode,
        (coordinator, give) => {
          give({ code: errorCode.NONE, ...coordinator.describe() })
        }
      ),
    offsetCommit: (request) =>
      toCoordinator(
        'OffsetCommit',
        request.groupId,
        (code) => request.offsets.map((offset) => ({ ...placeOf(offset), code })),
        (answer) => answer[0]?.code ?? errorCode.NONE,
        (_coordinator, give) => {
          const refused = model.mayCommit(request)
          const commitOne = (offset: OffsetCommitRequest['offsets'][number]): PartitionCode => {
            const code = refused === errorCode.NONE ? refusalOf(model, offset) : refused
            if (code === errorCode.NONE) model.offsets(request.groupId).store(offset, offset)
            return { ...placeOf(offset), code }
          }
          give(request.offsets.map(commitOne))
        }
      ),
    offsetFetch: (groupId, partitions, member = null) =>
      toCoordinator(
        'OffsetFetch',
        groupId,
        (code): OffsetFetchResponse => ({ code, offsets: [] }),
        ownCode,
        (_coordinator, give) => {
          const refused = model.consumers(groupId).mayFetch(member)
          if (refused !== errorCode.NONE) {
            give({ code: refused, offsets: [] })
            return
          }
          const known = model.offsets(groupId)
          const offsets = partitions.map((partition) => {
            const isOther = isOtherTopic(model, partition)
            const unstable = known.isUnstable(partition)
            const found = unstable || isOther ? undefined : known.of(partition)
            return {
              ...placeOf(partition),
              code: isOther ? errorCode.UNKNOWN_TOPIC_ID : unstable ? errorCode.UNSTABLE_OFFSET_COMMIT : errorCode.NONE,
              ...(found ?? { offset: -1n, leaderEpoch: -1, metadata: '' })
            }
          })
          give({ code: errorCode.NONE, offsets })
        }
      ),
    listOffsets: (_node, { partitions, isolation }) =>
      connection.now(
        'ListOffsets',
        (code) => partitions.map((place) => ({ ...placeOf(place), code, offset: -1n, leaderEpoch: -1 })),
        () =>
          partitions.map((query) => {
            const log = model.log(query)
            if (log === undefined)
              return { ...placeOf(query), code: errorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1n, leaderEpoch: -1 }
            const end = isolation === 'read_committed' ? log.lastStable : log.logEnd
            const offset =
              query.timestamp === -2
                ? log.logStart
                : query.timestamp === -1
                  ? end
                  : (log.offsetAt(query.timestamp) ?? -1n)
            return { ...placeOf(query), code: errorCode.NONE, offset, leaderEpoch: log.leaderEpoch }
          })
      ),
    fetch: (_node, request) =>
      connection.call(
        'Fetch',
        (code): FetchResponse => ({ code, sessionId: 0, partitions: [] }),
        (give) => serveFetch(model, request, give)
      ),
    offsetForLeaderEpoch: (_node, queries) =>
      connection.now(
        'OffsetForLeaderEpoch',
        (code) => queries.map((query) => ({ ...placeOf(query), ...unknownEpoch, code })),
        () =>
          queries.map((query) => {
            const log = model.log(query)
            const refused =
              log === undefined ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : log.refusalOf(query.currentLeaderEpoch)
            const end = refused === errorCode.NONE ? (log?.endOfEpoch(query.leaderEpoch) ?? unknownEpoch) : unknownEpoch
            return { ...placeOf(query), ...end, code: refused }
          })
      ),
    close: () => {
      connection.close()
    }
  }
}

const unknownEpoch = { leaderEpoch: -1, endOffset: -1n }

/** Whether a code tells a client to look for the coordinator again. */
const hasMoved = (code: number): boolean =>
  code === errorCode.NOT_COORDINATOR || code === errorCode.COORDINATOR_NOT_AVAILABLE

const ownCode = (answer: { readonly code: number }): number => answer.code
const itself = (code: number): number => code

const placeOf = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition })

/** Kafka's default of `offset.metadata.max.bytes`, which counts characters. */
const longestMetadata = 4_096

/** Whether the id is not that of the topic that has the name now. */
const isOtherTopic = (model: BrokerModel, { topic, topicId = null }: PartitionOfTopic): boolean =>
  topicId !== null && topicId !== model.idOf(topic)

const refusalOf = (model: BrokerModel, offset: OffsetCommitRequest['offsets'][number]): number => {
  if (isOtherTopic(model, offset)) return errorCode.UNKNOWN_TOPIC_ID
  if (model.log(offset) === undefined) return errorCode.UNKNOWN_TOPIC_OR_PARTITION
  return offset.metadata.length > longestMetadata ? errorCode.OFFSET_METADATA_TOO_LARGE : errorCode.NONE
}
