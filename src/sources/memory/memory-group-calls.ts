import { errorCode } from '../../core/protocol/error-code.js'
import type { DescribeGroupResponse, KafkaCalls } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { refusedJoin, refusedSync } from './group-member.js'
import { refusedHeartbeat } from './heartbeat-checks.js'
import type { MemoryCoordinators } from './memory-coordinators.js'

type GroupCalls = Pick<
  KafkaCalls,
  'joinGroup' | 'syncGroup' | 'heartbeat' | 'leaveGroup' | 'consumerGroupHeartbeat' | 'describeGroup'
>

/** The requests of a group's members, by either protocol. */
export const memoryGroupCalls = (model: BrokerModel, coordinators: MemoryCoordinators): GroupCalls => ({
  joinGroup: (request) =>
    coordinators.call(
      'JoinGroup',
      request.groupId,
      (code) => refusedJoin(code, request.memberId),
      ownCode,
      (coordinator, give) => {
        const isOther = model.consumers(request.groupId).hasMembers
        if (isOther) give(refusedJoin(errorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId))
        else coordinator.join(request, give)
      }
    ),
  syncGroup: (request) =>
    coordinators.call('SyncGroup', request.groupId, refusedSync, ownCode, (coordinator, give) => {
      coordinator.sync(request, give)
    }),
  heartbeat: (member) =>
    coordinators.call('Heartbeat', member.groupId, itself, itself, (coordinator, give) => {
      give(coordinator.heartbeat(member))
    }),
  leaveGroup: ({ groupId, memberId, groupInstanceId }) =>
    coordinators.call('LeaveGroup', groupId, itself, itself, (coordinator, give) => {
      give(coordinator.leave(memberId, groupInstanceId))
    }),
  consumerGroupHeartbeat: (request) =>
    coordinators.call('ConsumerGroupHeartbeat', request.groupId, refusedHeartbeat, ownCode, (coordinator, give) => {
      const isClassic = coordinator.describe().state !== 'Empty'
      give(
        isClassic ? refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND) : model.consumers(request.groupId).heartbeat(request)
      )
    }),
  describeGroup: (groupId) =>
    coordinators.call(
      'DescribeGroups',
      groupId,
      (code): DescribeGroupResponse => ({ code, state: '', members: [] }),
      ownCode,
      (coordinator, give) => {
        give({ code: errorCode.NONE, ...coordinator.describe() })
      }
    )
})

const ownCode = (answer: { readonly code: number }): number => answer.code
const itself = (code: number): number => code
