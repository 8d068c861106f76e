import type { TopicPartition } from '../../../model/topic-partition.js'
import { describedApi } from './described-api.js'
import { array, bool, int16, int32, int32s, int8, nullable, string, strings, struct, uuid } from './message.js'

const assigned = {
  topicPartitions: array('0+', { topicId: uuid('0+'), topicName: string('0+'), partitions: int32s('0+') })
}

/** A group of the consumer protocol as its coordinator describes it. */
export interface DescribedConsumerGroup {
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

/** Of groups under the consumer protocol; DescribeGroups says of them that they are `Dead` (KIP-848). */
export const consumerGroupDescribe = describedApi({
  name: 'ConsumerGroupDescribe',
  key: 69,
  versions: '0-1',
  flexibleFrom: 0,
  request: { groupIds: strings('0+'), includeAuthorizedOperations: bool('0+') },
  response: {
    throttleTimeMs: int32('0+'),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      groupId: string('0+'),
      groupState: string('0+'),
      groupEpoch: int32('0+'),
      assignmentEpoch: int32('0+'),
      assignorName: string('0+'),
      members: array('0+', {
        memberId: string('0+'),
        instanceId: nullable(string('0+')),
        rackId: nullable(string('0+')),
        memberEpoch: int32('0+'),
        clientId: string('0+'),
        clientHost: string('0+'),
        subscribedTopicNames: strings('0+'),
        subscribedTopicRegex: nullable(string('0+')),
        assignment: struct('0+', assigned, { topicPartitions: [] }),
        targetAssignment: struct('0+', assigned, { topicPartitions: [] }),
        memberType: int8('1+', -1)
      }),
      authorizedOperations: int32('0+', -2_147_483_648)
    })
  },
  toMessage: (groupIds: readonly string[]) => ({ groupIds, includeAuthorizedOperations: false }),
  fromMessage: ({ groups }): readonly DescribedConsumerGroup[] =>
    groups.map(({ errorCode, groupId, groupState, assignorName, members }) => ({
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
    }))
})
