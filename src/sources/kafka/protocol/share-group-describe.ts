import { type DescribedByBroker, describedAssignment, describedByBroker } from './described-assignment.js'
import { describedApi } from './described-api.js'
import { array, bool, int16, int32, nullable, string, strings, struct } from './message.js'

/** Describes share groups (KIP-932); DescribeGroups reports them as `Dead`. Kafka 4.1 removed version 0. */
export const shareGroupDescribe = describedApi({
  name: 'ShareGroupDescribe',
  key: 77,
  versions: '1-1',
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
        rackId: nullable(string('0+')),
        memberEpoch: int32('0+'),
        clientId: string('0+'),
        clientHost: string('0+'),
        subscribedTopicNames: strings('0+'),
        assignment: struct('0+', describedAssignment, { topicPartitions: [] })
      }),
      authorizedOperations: int32('0+', -2_147_483_648)
    })
  },
  toMessage: (groupIds: readonly string[]) => ({ groupIds, includeAuthorizedOperations: false }),
  fromMessage: ({ groups }): readonly DescribedByBroker[] => groups.map(describedByBroker)
})
