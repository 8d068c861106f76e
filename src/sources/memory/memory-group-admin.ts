import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import { byPlace } from '../../model/topic-partition.js'
import type { DescribedGroup, EitherAdmin } from '../../ports/admin.js'
import type { BrokerModel } from './broker-model.js'
import { type GroupState, isUnused, type MemberDescription } from './group-description.js'
import { each, type MemoryAdminSteps, unknownTopic } from './memory-admin-steps.js'
import { memoryAddress } from './memory-connection.js'
import { isShared } from './memory-share-admin.js'
import { offsetAt } from './memory-topic-admin.js'

type GroupAdmin = Pick<
  EitherAdmin,
  'listGroups' | 'describeGroups' | 'deleteGroups' | 'fetchOffsets' | 'setOffsets' | 'resetOffsets'
>

/** Groups and their offsets. */
export const memoryGroupAdmin = (model: BrokerModel, steps: MemoryAdminSteps): GroupAdmin => ({
  listGroups: () =>
    steps.step(() =>
      right(
        [...model.groupIds].sort().map((id) => {
          const { groupId, type, protocolType, state } = describeGroup(model, id)
          return { groupId, type: type ?? 'unknown', protocolType, state }
        })
      )
    ),
  describeGroups: (groupIds) => steps.step(() => right(groupIds.map((groupId) => describeGroup(model, groupId)))),
  deleteGroups: (groupIds) =>
    steps.step(() =>
      each(groupIds, (groupId) => {
        const refused = (code: number): Fault => brokerFault('DeleteGroups', code, undefined, undefined, groupId)
        if (!model.groupIds.includes(groupId)) return refused(errorCode.GROUP_ID_NOT_FOUND)
        if (describeGroup(model, groupId).state !== 'Empty') return refused(errorCode.NON_EMPTY_GROUP)
        model.deleteGroup(groupId)
        return null
      })
    ),
  fetchOffsets: (groupId) =>
    steps.step(() => {
      const stored = model.topics.flatMap((topic) =>
        Array.from({ length: model.partitionsOf(topic) }, (_, partition) => ({ topic, partition }))
      )
      return right(
        stored.sort(byPlace).flatMap((place) => {
          const found = model.storedOffset(groupId, place)
          return found === undefined ? [] : [{ ...place, offset: found.offset, metadata: found.metadata }]
        })
      )
    }),
  setOffsets: (groupId, offsets) => steps.step(() => setGroupOffsets(model, groupId, offsets)),
  resetOffsets: (groupId, topics, to) =>
    steps.step(() => {
      const offsets: Committed[] = []
      for (const topic of topics) {
        const count = model.partitionsOf(topic)
        if (count === 0) return left(unknownTopic('Metadata', topic))
        for (let partition = 0; partition < count; partition++) {
          const offset = offsetAt(model, { topic, partition }, to)
          if (offset._tag === 'Left') return offset
          offsets.push(offset.right)
        }
      }
      const stored = setGroupOffsets(model, groupId, offsets)
      return stored._tag === 'Left' ? stored : right(offsets)
    })
})

const setGroupOffsets = (
  model: BrokerModel,
  groupId: string,
  offsets: readonly (Committed & { readonly metadata?: string })[]
): Either<Fault, void> => {
  const isOther = isShared(model, groupId)
  const refused = isOther
    ? errorCode.GROUP_ID_NOT_FOUND
    : model.mayCommit({ groupId, generation: -1, memberId: '', groupInstanceId: null })
  const why = isOther
    ? `${groupId} is not a consumer group; setShareOffsets sets the offsets of a share group`
    : `the group ${groupId} has members; end them first`
  return each(offsets, ({ topic, partition, offset, metadata = '' }) => {
    const code = model.log({ topic, partition }) === undefined ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode.NONE
    const fault = refused === errorCode.NONE ? code : refused
    if (fault === errorCode.NONE)
      model.offsets(groupId).store({ topic, partition }, { offset, leaderEpoch: -1, metadata })
    const message = refused === errorCode.NONE ? undefined : why
    return fault === errorCode.NONE ? null : brokerFault('OffsetCommit', fault, topic, partition, message)
  })
}

const describeGroup = (model: BrokerModel, groupId: string): DescribedGroup => {
  if (!model.groupIds.includes(groupId))
    return { groupId, type: null, state: 'Dead', protocolType: '', protocol: '', members: [] }
  if (isShared(model, groupId)) {
    const members = model.shares(groupId).coordinator.describe().map(withAddress)
    const isEmpty = members.length === 0
    return {
      groupId,
      type: 'share',
      state: isEmpty ? 'Empty' : 'Stable',
      protocolType: 'share',
      protocol: isEmpty ? '' : 'simple',
      members
    }
  }
  const group = model.describeGroup(groupId)
  const { state, protocol, members } = group
  return {
    groupId,
    type: model.consumers(groupId).usesConsumerProtocol ? 'consumer' : 'classic',
    state,
    // Kafka does not know a group that never had members.
    protocolType: isUnused(group) ? '' : 'consumer',
    protocol: isSettled(state) ? (protocol ?? '') : '',
    members: members.map(withAddress)
  }
}

const withAddress = ({
  memberId,
  assignment
}: Pick<MemberDescription, 'memberId' | 'assignment'>): DescribedGroup['members'][number] => ({
  memberId,
  clientId: memoryAddress,
  host: memoryAddress,
  assignment
})

const isSettled = (state: GroupState): boolean => state === 'Stable' || state === 'Assigning' || state === 'Reconciling'
