import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import { byPlace } from '../../model/topic-partition.js'
import type { EitherAdmin } from '../../ports/admin.js'
import type { BrokerModel, ModelledShares } from './broker-model.js'
import { each, type MemoryAdminSteps, unknownTopic } from './memory-admin-steps.js'

type ShareAdmin = Pick<EitherAdmin, 'fetchShareOffsets' | 'setShareOffsets' | 'deleteShareOffsets'>

/** The offsets of share groups. */
export const memoryShareAdmin = (model: BrokerModel, steps: MemoryAdminSteps): ShareAdmin => ({
  fetchShareOffsets: (groupId) =>
    steps.step(() =>
      right(model.groupIds.includes(groupId) ? [...model.shares(groupId).group.offsets].sort(byPlace) : [])
    ),
  setShareOffsets: (groupId, offsets) =>
    steps.step(() =>
      withShares(model, 'AlterShareGroupOffsets', groupId, ({ group }) =>
        each(offsets, ({ topic, partition, offset }) =>
          group.setOffset({ topic, partition }, offset)
            ? null
            : unknownTopic('AlterShareGroupOffsets', topic, partition)
        )
      )
    ),
  deleteShareOffsets: (groupId, topics) =>
    steps.step(() =>
      withShares(model, 'DeleteShareGroupOffsets', groupId, ({ group }) =>
        each(topics, (topic) => (group.forget(topic) ? null : unknownTopic('DeleteShareGroupOffsets', topic)))
      )
    )
})

/** Whether the group is a share group, with or without members. */
export const isShared = (model: BrokerModel, groupId: string): boolean => model.shares(groupId).coordinator.wasUsed

/** Changes offsets of a share group without members. */
const withShares = (
  model: BrokerModel,
  api: string,
  groupId: string,
  run: (shares: ModelledShares) => Either<Fault, void>
): Either<Fault, void> => {
  const refused = (code: number): Either<Fault, void> => left(brokerFault(api, code, undefined, undefined, groupId))
  const isNew = !model.groupIds.includes(groupId)
  const makes = isNew && api === 'AlterShareGroupOffsets'
  if (!makes && (isNew || !isShared(model, groupId))) return refused(errorCode.GROUP_ID_NOT_FOUND)
  const shares = model.shares(groupId)
  if (makes) shares.coordinator.make()
  return shares.coordinator.memberIds.length > 0 ? refused(errorCode.NON_EMPTY_GROUP) : run(shares)
}
