import type { GroupMember } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { int16, int32, nullable, string } from './message.js'

/** Version 3 is the first with static members. */
export const heartbeat = describedApi({
  name: 'Heartbeat',
  key: 12,
  versions: '3-4',
  flexibleFrom: 4,
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: nullable(string('3+'))
  },
  response: { throttleTimeMs: int32('1+'), errorCode: int16('0+') },
  toMessage: ({ groupId, generation, memberId, groupInstanceId }: GroupMember) => ({
    groupId,
    generationId: generation,
    memberId,
    groupInstanceId
  }),
  fromMessage: ({ errorCode }): number => errorCode
})
