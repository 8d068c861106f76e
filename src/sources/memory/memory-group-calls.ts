import { errorCode } from '../../core/protocol/error-code.js'
import type { DescribeGroupResponse, KafkaCalls } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { refusedJoin, refusedSync } from './group-member.js'
import { refusedHeartbeat } from './heartbeat-checks.js'
import type { MemoryCoordinators } from './memory-coordinators.js'
import { isShared } from './memory-share-admin.js'

type GroupCalls = Pick<
  KafkaCalls,
  'joinGroup' | 'syncGroup' | 'heartbeat' | 'leaveGroup' | 'consumerGroupHeartbeat' | 'describeGroup'
>

/** The requests of a group's members under either protocol. */
export const memoryGroupCalls = (model: BrokerModel, coordinators: MemoryCoordinators): GroupCalls => ({
  joinGroup: (request) =>
    coordinators.call(
      'JoinGroup',
      request.groupId,
      (code) => refusedJoin(code, request.memberId),
      ownCode,
      (_coordinator, give) => {
        if (isShared(model, request.groupId)) give(refusedJoin(errorCode.INCONSISTENT_GROUP_PROTOCOL, ''))
        else model.consumers(request.groupId).join(request, give)
      }
    ),
  syncGroup: (request) =>
    coordinators.call('SyncGroup', request.groupId, refusedSync, ownCode, (_coordinator, give) => {
      model.consumers(request.groupId).sync(request, give)
    }),
  heartbeat: (member) =>
    coordinators.call('Heartbeat', member.groupId, itself, itself, (_coordinator, give) => {
      give(model.consumers(member.groupId).heartbeat(member))
    }),
  leaveGroup: ({ groupId, memberId, groupInstanceId }) =>
    coordinators.call('LeaveGroup', groupId, itself, itself, (_coordinator, give) => {
      give(model.consumers(groupId).leave(memberId, groupInstanceId))
    }),
  consumerGroupHeartbeat: (request) =>
    coordinators.call('ConsumerGroupHeartbeat', request.groupId, refusedHeartbeat, ownCode, (_coordinator, give) => {
      const { groupId } = request
      if (isShared(model, groupId)) give(refusedHeartbeat(errorCode.GROUP_ID_NOT_FOUND))
      else give(model.consumers(groupId).consumerHeartbeat(request))
    }),
  describeGroup: (groupId) =>
    coordinators.call(
      'DescribeGroups',
      groupId,
      (code): DescribeGroupResponse => ({ code, state: '', members: [] }),
      ownCode,
      (coordinator, give) => {
        // As Kafka's does since DescribeGroups v6.
        if (model.consumers(groupId).usesConsumerProtocol)
          give({ code: errorCode.GROUP_ID_NOT_FOUND, state: 'Dead', members: [] })
        else give({ code: errorCode.NONE, ...coordinator.describe() })
      }
    )
})

const ownCode = (answer: { readonly code: number }): number => answer.code
const itself = (code: number): number => code
