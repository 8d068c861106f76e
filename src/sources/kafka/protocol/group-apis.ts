import { errorCode } from '../../../core/error-code.js'
import { decodeAssignment } from '../../../core/group-protocol.js'
import type { DescribedGroup, GroupMember, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest, SyncGroupResponse } from '../../../ports/kafka-calls.js' // prettier-ignore
import type { Api } from './api.js'

const nothing = new Uint8Array(0)

/**
 * Version 9: a static leader that comes back is told that it leads a group whose assignment stands (`skipAssignment`, of
 * KIP-814). Under version 5 it is told that its former incarnation leads, and nobody does. It is flexible.
 */
export const joinGroupV9: Api<JoinGroupRequest, JoinGroupResponse> = {
  name: 'JoinGroup',
  key: 11,
  version: 9,
  write: (writer, request) => {
    // The tags of a flexible request's header.
    writer
      .noTags()
      .compactString(request.groupId)
      .int32(request.sessionTimeoutMs)
      .int32(request.rebalanceTimeoutMs)
      .compactString(request.memberId)
      .compactNullableString(request.groupInstanceId)
      .compactString('consumer')
      .compactArray(request.protocols, ({ name, metadata }) =>
        writer.compactString(name).compactBytes(metadata).noTags()
      )
      // Why it joins, for the broker's log: not told.
      .compactNullableString(null)
      .noTags()
  },
  read: (reader) => {
    reader.skipTags()
    const throttleMs = reader.int32()
    const code = reader.int16()
    const generation = reader.int32()
    // The type of the protocol, which is 'consumer' or null.
    reader.compactNullableString()
    const value = {
      code,
      generation,
      protocol: reader.compactString(),
      leader: reader.compactString(),
      skipAssignment: reader.boolean(),
      memberId: reader.compactString(),
      members: reader.compactArray(() => {
        const member = {
          memberId: reader.compactString(),
          groupInstanceId: reader.compactNullableString(),
          metadata: reader.compactNullableBytes() ?? nothing
        }
        reader.skipTags()
        return member
      })
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

/** Of one group; without the operations that it is authorized for. */
export const describeGroupV3: Api<string, DescribedGroup> = {
  name: 'DescribeGroups',
  key: 15,
  version: 3,
  write: (writer, groupId) => {
    writer.array([groupId], (group) => writer.string(group)).boolean(false)
  },
  read: (reader) => {
    const throttleMs = reader.int32()
    const [value] = reader.array((): DescribedGroup => {
      const code = reader.int16()
      reader.string()
      const state = reader.string()
      // The type of the protocol, and its name.
      reader.string()
      reader.string()
      const members = reader.array(() => {
        const memberId = reader.string()
        // Its client id, the address that it comes from, and what it subscribes to.
        reader.string()
        reader.string()
        reader.nullableBytes()
        return { memberId, assignment: decodeAssignment(reader.nullableBytes() ?? nothing) }
      })
      reader.int32()
      return { code, state, members }
    })
    return { throttleMs, value: value ?? { code: errorCode.UNKNOWN_SERVER_ERROR, state: '', members: [] } }
  }
}
