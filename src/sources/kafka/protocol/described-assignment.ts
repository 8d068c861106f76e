import type { TopicPartition } from '../../../model/topic-partition.js'
import { array, int32s, string, uuid } from './message.js'

/** The partitions of a member, as in ConsumerGroupDescribe and ShareGroupDescribe. */
export const describedAssignment = {
  topicPartitions: array('0+', { topicId: uuid('0+'), topicName: string('0+'), partitions: int32s('0+') })
}

interface DescribedAssignment {
  readonly topicPartitions: readonly { readonly topicName: string; readonly partitions: readonly number[] }[]
}

/** A group of a protocol with assignment by the broker, as its coordinator describes it. */
export interface DescribedByBroker {
  readonly code: number
  readonly groupId: string
  readonly state: string
  readonly assignor: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly host: string
    readonly assignment: readonly TopicPartition[]
  }[]
}

interface Message {
  readonly errorCode: number
  readonly groupId: string
  readonly groupState: string
  readonly assignorName: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly clientHost: string
    readonly assignment: DescribedAssignment
  }[]
}

export const describedByBroker = ({
  errorCode,
  groupId,
  groupState,
  assignorName,
  members
}: Message): DescribedByBroker => ({
  code: errorCode,
  groupId,
  state: groupState,
  assignor: assignorName,
  members: members.map(({ memberId, clientId, clientHost, assignment }) => ({
    memberId,
    clientId,
    host: clientHost,
    assignment: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => ({ topic: topicName, partition }))
    )
  }))
})
