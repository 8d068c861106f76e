import type { GroupMember, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest, SyncGroupResponse } from '../../../ports/kafka-calls.js' // prettier-ignore
import type { Api } from './api.js'

const nothing = new Uint8Array(0)

/** Version 5: static members by `group.instance.id`. */
export const joinGroupV5: Api<JoinGroupRequest, JoinGroupResponse> = {
  name: 'JoinGroup',
  key: 11,
  version: 5,
  write: (writer, request) => {
    writer
      .string(request.groupId)
      .int32(request.sessionTimeoutMs)
      .int32(request.rebalanceTimeoutMs)
      .string(request.memberId)
      .nullableString(request.groupInstanceId)
      .string('consumer')
      .array(request.protocols, ({ name, metadata }) => writer.string(name).bytes(metadata))
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const value = {
      code: reader.int16(),
      generation: reader.int32(),
      protocol: reader.string(),
      leader: reader.string(),
      memberId: reader.string(),
      members: reader.array(() => ({
        memberId: reader.string(),
        groupInstanceId: reader.nullableString(),
        metadata: reader.nullableBytes() ?? nothing
      }))
    }
    return { throttleMs, value }
  }
}

export const syncGroupV3: Api<SyncGroupRequest, SyncGroupResponse> = {
  name: 'SyncGroup',
  key: 14,
  version: 3,
  write: (writer, request) => {
    writer
      .string(request.groupId)
      .int32(request.generation)
      .string(request.memberId)
      .nullableString(request.groupInstanceId)
      .array(request.assignments, ({ memberId, assignment }) => writer.string(memberId).bytes(assignment))
  },
  read: (reader) => ({
    throttleMs: reader.int32(),
    value: { code: reader.int16(), assignment: reader.nullableBytes() ?? nothing }
  })
}

export const heartbeatV3: Api<GroupMember, number> = {
  name: 'Heartbeat',
  key: 12,
  version: 3,
  write: (writer, { groupId, generation, memberId, groupInstanceId }) => {
    writer.string(groupId).int32(generation).string(memberId).nullableString(groupInstanceId)
  },
  read: (reader) => ({ throttleMs: reader.int32(), value: reader.int16() })
}

export const leaveGroupV3: Api<LeaveGroupRequest, number> = {
  name: 'LeaveGroup',
  key: 13,
  version: 3,
  write: (writer, { groupId, memberId, groupInstanceId }) => {
    writer.string(groupId).array([memberId], (member) => writer.string(member).nullableString(groupInstanceId))
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const code = reader.int16()
    const members = reader.array(() => {
      reader.string()
      reader.nullableString()
      return reader.int16()
    })
    return { throttleMs, value: code === 0 ? (members[0] ?? 0) : code }
  }
}
