import { errorCode } from '../../core/protocol/error-code.js'
import { placeOf } from '../../model/topic-partition.js'
import type {
  KafkaCalls,
  OffsetCommitRequest,
  OffsetFetchResponse,
  PartitionCode,
  PartitionOfTopic
} from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import type { MemoryCoordinators } from './memory-coordinators.js'

/** The requests for a group's offsets. */
export const memoryOffsetCalls = (
  model: BrokerModel,
  coordinators: MemoryCoordinators
): Pick<KafkaCalls, 'offsetCommit' | 'offsetFetch'> => ({
  offsetCommit: (request) =>
    coordinators.call(
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
    coordinators.call(
      'OffsetFetch',
      groupId,
      (code): OffsetFetchResponse => ({ code, offsets: [] }),
      ({ code }) => code,
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
    )
})

/** Kafka's default of `offset.metadata.max.bytes`, which counts characters. */
const longestMetadata = 4_096

/** Whether the ID differs from that of the topic which has the name now. */
const isOtherTopic = (model: BrokerModel, { topic, topicId = null }: PartitionOfTopic): boolean =>
  topicId !== null && topicId !== model.idOf(topic)

const refusalOf = (model: BrokerModel, offset: OffsetCommitRequest['offsets'][number]): number => {
  if (isOtherTopic(model, offset)) return errorCode.UNKNOWN_TOPIC_ID
  if (model.log(offset) === undefined) return errorCode.UNKNOWN_TOPIC_OR_PARTITION
  return offset.metadata.length > longestMetadata ? errorCode.OFFSET_METADATA_TOO_LARGE : errorCode.NONE
}
