import type { SyncGroupRequest, SyncGroupResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { array, bytes, int16, int32, nullable, string } from './message.js'

/**
 * The leader gives the assignment, and each member gets its share. Version 3 is the first with static members; 5 has the
 * broker check the protocol's name too (KIP-559), which the answer to JoinGroup has just said.
 */
export const syncGroup = describedApi({
  name: 'SyncGroup',
  key: 14,
  versions: '3-4',
  flexibleFrom: 4,
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: nullable(string('3+')),
    assignments: array('0+', { memberId: string('0+'), assignment: bytes('0+') })
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0+'),
    assignment: bytes('0+')
  },
  toMessage: ({ generation, ...request }: SyncGroupRequest) => ({ ...request, generationId: generation }),
  fromMessage: ({ errorCode, assignment }): SyncGroupResponse => ({ code: errorCode, assignment })
})
