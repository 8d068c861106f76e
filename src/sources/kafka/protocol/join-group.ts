import { errorCode } from '../../../core/protocol/error-code.js'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, atMost, bool, bytes, int16, int32, nullable, string } from './message.js'

/**
 * A coordinator writes down what it knows of a group as one record, with some 150 bytes for each member: with its defaults
 * 7,000 of them. The leader reads what all of them say, and assigns, in one turn.
 */
export const mostMembers = 50_000

/** What the groups of consumers are, as others of Kafka's are `connect`. */
export const consumerProtocol = 'consumer'

/**
 * Version 5 is the first with static members (KIP-345); a new member is given its id first since 4. From 9 on a static leader
 * that comes back learns that it leads a group whose assignment is still valid (KIP-814); before that, that its former member ID leads.
 */
export const joinGroup = describedApi({
  name: 'JoinGroup',
  key: 11,
  versions: '5-9',
  flexibleFrom: 6,
  request: {
    groupId: string('0+'),
    sessionTimeoutMs: int32('0+'),
    rebalanceTimeoutMs: int32('1+', -1),
    memberId: string('0+'),
    groupInstanceId: nullable(string('5+')),
    protocolType: string('0+'),
    protocols: array('0+', { name: string('0+'), metadata: bytes('0+') }),
    reason: nullable(string('8+'))
  },
  response: {
    throttleTimeMs: int32('2+'),
    errorCode: int16('0+'),
    generationId: int32('0+', -1),
    protocolType: nullable(string('7+')),
    protocolName: nullable(string('0+')),
    leader: string('0+'),
    skipAssignment: bool('9+'),
    memberId: string('0+'),
    members: atMost(
      mostMembers,
      array('0+', {
        memberId: string('0+'),
        groupInstanceId: nullable(string('5+')),
        metadata: bytes('0+')
      })
    )
  },
  toMessage: (request: JoinGroupRequest) => ({ ...request, protocolType: consumerProtocol, reason: null }),
  fromMessage: (answer): JoinGroupResponse => ({
    // Java's client checks it too: a leader would decode the members' metadata by the wrong rules.
    code:
      answer.errorCode === errorCode.NONE && (answer.protocolType ?? consumerProtocol) !== consumerProtocol
        ? errorCode.INCONSISTENT_GROUP_PROTOCOL
        : answer.errorCode,
    generation: answer.generationId,
    protocol: answer.protocolName ?? '',
    leader: answer.leader,
    skipAssignment: answer.skipAssignment,
    memberId: answer.memberId,
    members: answer.members
  })
})
