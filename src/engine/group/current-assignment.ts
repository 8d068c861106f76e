import { type Either, isLeft, left, map as mapRight } from 'fp-ts/lib/Either.js'
import { map, of, switchMap } from 'rxjs'
import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { DescribeGroupResponse } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { retrying } from '../retrying.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** Topics, and whether a group's assignment covers all of their partitions. */
export interface CurrentAssignment {
  readonly partitions: ReadonlyMap<string, PartitionRacks>
  /** false if a partition has no owner, or the group has no leader, and no rebalance is in progress */
  readonly isWhole: boolean
}

/** The answer to a member that came back to its group. */
export interface ReturnedTo {
  readonly topics: readonly string[]
  /** the member id of the group's leader */
  readonly leader: string
}

/**
 * Looks up whether each partition of the topics belongs to a member, in the group's present assignment. Retries until
 * there is an answer.
 *
 * A static member that returns within its session keeps its partitions, and the group does not rebalance, even if its
 * subscription differs now or there are more partitions (Kafka's `GroupMetadataManager`, as the contract's rules show).
 * Java's client accepts that: partitions without an owner are not read before the group rebalances for another reason.
 * A client that may join a group may describe it, since READ implies DESCRIBE.
 *
 * Under JoinGroup v8 and before, a leader that returns gets the answer that its former id leads (KIP-814). Then no
 * member would assign partitions that are added later: an assignment whose leader is not a member does not count as
 * whole either.
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

const answered = (answer: Either<Fault, DescribeGroupResponse>): Either<Fault, DescribeGroupResponse> =>
  isLeft(answer) || answer.right.code === errorCode.NONE
    ? answer
    : left(brokerFault('DescribeGroups', answer.right.code))

const isWhole = (
  topics: ReadonlyMap<string, PartitionRacks>,
  leader: string,
  { state, members }: DescribeGroupResponse
): boolean => {
  // In any other state the group is about to assign again, by what all members have sent by now.
  if (state !== 'Stable') return true
  if (members.every(({ memberId }) => memberId !== leader)) return false
  const assigned = new Set(
    members.flatMap(({ assignment }) => assignment ?? []).map(({ topic, partition }) => partitionKey(topic, partition))
  )
  return [...topics].every(([topic, partitions]) =>
    partitions.every((_racks, partition) => assigned.has(partitionKey(topic, partition)))
  )
}
