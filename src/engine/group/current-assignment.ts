import { type Either, isLeft, left, map as mapRight } from 'fp-ts/lib/Either.js'
import { map, of, switchMap } from 'rxjs'
import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { DescribedGroup } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { retrying } from '../retrying.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** Topics, and whether a group's assignment is one of all that there is of them. */
export interface CurrentAssignment {
  readonly partitions: ReadonlyMap<string, PartitionRacks>
  /** false where a partition is nobody's, or nobody leads, and no rebalance is under way */
  readonly isWhole: boolean
}

/** What a member was told that came back to it. */
export interface ReturnedTo {
  readonly topics: readonly string[]
  /** the member id of who leads the group */
  readonly leader: string
}

/**
 * Looks up whether each partition of the topics is some member's, in the assignment that a group goes by. Asks until it is
 * answered.
 *
 * A static member that comes back within its session is given what it had, and the group does not rebalance, though it
 * subscribes to something else now or there are more partitions (Kafka's `GroupMetadataManager`, as the contract's rules show).
 * Java's client takes it: what is nobody's then is not read before the group rebalances for another reason. Whoever may join a
 * group may describe it, since READ implies DESCRIBE.
 *
 * Under JoinGroup v8 and before a leader that comes back is told that its former self leads (KIP-814). Nobody would see to
 * it that what is added later is assigned: an assignment whose leader is no member is not whole either.
 */
export const currentAssignment = (
  context: SessionContext,
  groupId: string,
  metadata: ConsumerMetadata,
  { topics, leader }: ReturnedTo
): Step<CurrentAssignment> =>
  metadata
    .partitionsOf(topics)
    .pipe(
      switchMap((known) =>
        isLeft(known)
          ? of(known)
          : retrying(context, () => context.calls.describeGroup(groupId).pipe(map(answered))).pipe(
              map(mapRight((group) => ({ partitions: known.right, isWhole: isWhole(known.right, leader, group) })))
            )
      )
    )

const answered = (answer: Either<Fault, DescribedGroup>): Either<Fault, DescribedGroup> =>
  isLeft(answer) || answer.right.code === errorCode.NONE
    ? answer
    : left(brokerFault('DescribeGroups', answer.right.code))

const isWhole = (
  topics: ReadonlyMap<string, PartitionRacks>,
  leader: string,
  { state, members }: DescribedGroup
): boolean => {
  // In any other state the group is about to assign anew, by what all members have told it by now.
  if (state !== 'Stable') return true
  if (members.every(({ memberId }) => memberId !== leader)) return false
  const assigned = new Set(
    members.flatMap(({ assignment }) => assignment ?? []).map(({ topic, partition }) => partitionKey(topic, partition))
  )
  return [...topics].every(([topic, partitions]) =>
    partitions.every((_racks, partition) => assigned.has(partitionKey(topic, partition)))
  )
}
