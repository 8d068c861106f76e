import { errorCode } from '../../../core/protocol/error-code.js'
import type { SyncGroupRequest, SyncGroupResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { consumerProtocol } from './join-group.js'
import { limitedTo } from './latest-usable-version.js'
import { array, bytes, int16, int32, nullable, string } from './message.js'

/**
 * The leader sends the assignment, and each member receives its own. Version 3 is the first with static members. In 5 both
 * sides name the group's protocol, and each checks the other's (KIP-559), since an assignment is read by the rules of the
 * assignor that made it. A broker refuses version 5 without a protocol.
 */
export const syncGroup = describedApi({
  name: 'SyncGroup',
  key: 14,
  versions: '3-5',
  flexibleFrom: 4,
  request: {
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: nullable(string('3+')),
    protocolType: nullable(string('5+')),
    protocolName: nullable(string('5+')),
    assignments: array('0+', { memberId: string('0+'), assignment: bytes('0+') })
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('0+'),
    protocolType: nullable(string('5+')),
    protocolName: nullable(string('5+')),
    assignment: bytes('0+')
  },
  toMessage: ({ generation, protocol, ...request }: SyncGroupRequest) => ({
    ...request,
    generationId: generation,
    protocolType: protocol === undefined ? null : consumerProtocol,
    protocolName: protocol ?? null
  }),
  fromMessage: (answer, { protocol }): SyncGroupResponse => {
    const { errorCode: code, protocolType, protocolName, assignment } = answer
    const isOther =
      differs(protocolType, consumerProtocol) || (protocol !== undefined && differs(protocolName, protocol))
    return code === errorCode.NONE && isOther
      ? { code: errorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) }
      : { code, assignment }
  }
})

const unnamed = limitedTo(syncGroup, { from: 0, to: 4 })

export const syncGroupOf = ({ protocol }: SyncGroupRequest): typeof syncGroup =>
  protocol === undefined ? unnamed : syncGroup

/** Older brokers name none. */
const differs = (named: string | null, expected: string): boolean => named !== null && named !== expected
