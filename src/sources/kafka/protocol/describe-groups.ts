import { errorCode } from '../../../core/protocol/error-code.js'
import { decodeAssignment } from '../../../core/group/member-subscription.js'
import type { DescribeGroupResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { eachInTurn } from './in-turns.js'
import { mostMembers } from './join-group.js'
import { array, atMost, bool, bytes, int16, int32, nullable, string, strings } from './message.js'
import type { Slices } from './message-codec.js'

/** Describes one group. From version 6 on an unknown group is refused; up to 5 it is `Dead` (KIP-1043). */
export const describeGroups = describedApi({
  name: 'DescribeGroups',
  key: 15,
  versions: '3-6',
  flexibleFrom: 5,
  request: { groups: strings('0+'), includeAuthorizedOperations: bool('3+') },
  response: {
    throttleTimeMs: int32('1+'),
    groups: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('6+')),
      groupId: string('0+'),
      groupState: string('0+'),
      protocolType: string('0+'),
      protocolData: string('0+'),
      members: atMost(
        mostMembers,
        array('0+', {
          memberId: string('0+'),
          groupInstanceId: nullable(string('4+')),
          clientId: string('0+'),
          clientHost: string('0+'),
          memberMetadata: bytes('0+'),
          memberAssignment: bytes('0+')
        })
      ),
      authorizedOperations: int32('3+', -2_147_483_648)
    })
  },
  toMessage: (groupId: string) => ({ groups: [groupId], includeAuthorizedOperations: false }),
  fromLists: function* ({ groups: [group] }): Slices<DescribeGroupResponse> {
    if (group === undefined) return { code: errorCode.UNKNOWN_SERVER_ERROR, state: '', members: [] }
    const isGone = group.errorCode === errorCode.GROUP_ID_NOT_FOUND
    const members = yield* eachInTurn(group.members, ({ memberId, memberAssignment }) => ({
      memberId,
      assignment: decodeAssignment(memberAssignment)
    }))
    return { code: isGone ? errorCode.NONE : group.errorCode, state: isGone ? 'Dead' : group.groupState, members }
  }
})
