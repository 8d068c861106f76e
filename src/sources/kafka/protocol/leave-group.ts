import type { LeaveGroupRequest } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, int16, int32, nullable, string } from './message.js'

/** Version 3 is the first with static members. */
export const leaveGroup = describedApi({
  name: 'LeaveGroup',
  key: 13,
  versions: '3-5',
  flexibleFrom: 4,
  request: {
    groupId: string('0+'),
    members: array('3+', {
      memberId: string('3+'),
      groupInstanceId: nullable(string('3+')),
      reason: nullable(string('5+'))
    })
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0+'),
    members: array('3+', {
      memberId: string('3+'),
      groupInstanceId: nullable(string('3+')),
      errorCode: int16('3+')
    })
  },
  toMessage: ({ groupId, memberId, groupInstanceId }: LeaveGroupRequest) => ({
    groupId,
    members: [{ memberId, groupInstanceId, reason: null }]
  }),
  fromMessage: ({ errorCode, members }): number => (errorCode === 0 ? (members[0]?.errorCode ?? 0) : errorCode)
})
