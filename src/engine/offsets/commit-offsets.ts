import { isLeft, right } from 'fp-ts/lib/Either.js'
import { map, of } from 'rxjs'
import { commitVerdict } from '../../core/committing/offset-verdicts.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { OffsetToSend, OffsetCommitResult } from '../../ports/consumer-session.js'
import type { GroupProtocol } from '../../ports/group-protocol.js'
import type { GroupMember } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { sendOffsets } from './send-offsets.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** The part of a session that a commit needs. */
export interface CommitContext extends SessionContext {
  readonly metadata: ConsumerMetadata
  /** null under `assign` */
  readonly group: GroupProtocol | null
  readonly fatal: (fault: Fault) => void
}

/** One attempt to commit offsets, each with the ownership of its partition at the time of the request. */
export const commitOffsets = (
  context: CommitContext,
  ownerships: ReadonlyMap<OffsetToSend, TopicPartition | null>,
  isCurrent: (offset: OffsetToSend) => boolean
): Step<readonly OffsetCommitResult[]> => {
  const { group, settings } = context
  const offsets = [...ownerships.keys()]
  if (settings.groupId === null) return of(right(offsets.map(notInGroup)))
  // Offsets are sent by topic name: those of a deleted topic could be committed for a new topic of the same name.
  const gone = offsets.filter(({ topic }) => context.metadata.isGone(topic)).map(ofNoTopic)
  if (gone.length > 0) context.metadata.refresh()
  if (gone.length === offsets.length) return of(right(gone))
  const present = new Map([...ownerships].filter(([{ topic }]) => !context.metadata.isGone(topic)))
  const results =
    group === null
      ? commitAlone(context, settings.groupId, [...present.keys()], isCurrent)
      : commitAsMember(context, group, settings.groupId, present, isCurrent)
  return results.pipe(map((answer) => (isLeft(answer) ? answer : right([...answer.right, ...gone]))))
}

const commitAlone = (
  context: CommitContext,
  groupId: string,
  offsets: readonly OffsetToSend[],
  isCurrent: (offset: OffsetToSend) => boolean
): Step<readonly OffsetCommitResult[]> => {
  const { groupInstanceId } = context.settings
  const alone: GroupMember = { groupId, generation: -1, memberId: '', groupInstanceId }
  const refused = (_generation: number, code: number): void => {
    if (commitVerdict(code) === 'fenced')
      context.fatal({ _tag: 'FencedFault', what: 'group.instance.id', id: groupInstanceId ?? '' })
  }
  return sendOffsets(
    { context, metadata: context.metadata },
    { member: alone, isHeld: () => true, isCurrent, refused },
    offsets
  ).pipe(map((answer) => (isLeft(answer) ? answer : right(answer.right.map((result) => unlessGone(context, result))))))
}

const commitAsMember = (
  context: CommitContext,
  group: GroupProtocol,
  groupId: string,
  ownerships: ReadonlyMap<OffsetToSend, TopicPartition | null>,
  isCurrent: (offset: OffsetToSend) => boolean
): Step<readonly OffsetCommitResult[]> => {
  // The broker does not check who owns a partition. A commit for a partition that is not held, or was released and has come
  // back, would overwrite the commit of another member.
  const isOwn = (offset: OffsetToSend): boolean => {
    const ownership = group.ownershipOf(offset)
    return ownership !== null && ownership === ownerships.get(offset)
  }
  const offsets = [...ownerships.keys()]
  const own = offsets.filter(isOwn)
  const foreign = offsets.filter((offset) => !isOwn(offset)).map((offset) => notHeld(offset, groupId))
  if (own.length === 0) return of(right(foreign))
  const { member } = group
  // A refused member loses its partitions, unless it is rejoining or has rejoined meanwhile: then commits of partitions that it
  // keeps are sent again.
  const outlived = (result: OffsetCommitResult): OffsetCommitResult =>
    isOfTheMember(result.fault) &&
    own.some((offset) => keyOf(offset) === keyOf(result) && isOwn(offset)) &&
    !group.losesBy(member.generation)
      ? { ...result, outcome: 'retry' }
      : unlessGone(context, result)
  const refused = (generation: number, code: number): void => {
    // A static member that has rejoined fences its own former ID, in the same generation.
    if (group.member.memberId === member.memberId) group.commitRefused(generation, code)
  }
  return sendOffsets({ context, metadata: context.metadata }, { member, isHeld: isOwn, isCurrent, refused }, own).pipe(
    map((answer) => (isLeft(answer) ? answer : right([...answer.right.map(outlived), ...foreign])))
  )
}

const isOfTheMember = (fault: Fault | null): boolean =>
  fault?._tag === 'MembershipLostFault' || fault?._tag === 'FencedFault'

/**
 * Brokers learn of new topics late: if one does not know a topic, the commit is retried, as in Java, unless the topic
 * is gone.
 */
const unlessGone = ({ metadata }: CommitContext, result: OffsetCommitResult): OffsetCommitResult => {
  const { fault } = result
  const isUnknown = fault?._tag === 'BrokerFault' && commitVerdict(fault.code) === 'unknown topic'
  if (!isUnknown) return result
  metadata.refresh()
  if (metadata.exists(result)) return result
  return ofNoTopic(result)
}

const ofNoTopic = ({ topic, partition, offset }: TopicPartition & { readonly offset: bigint }): OffsetCommitResult => ({
  topic,
  partition,
  offset,
  outcome: 'dropped',
  fault: { _tag: 'UnknownTopicFault', topic }
})

const notInGroup = ({ topic, partition, offset }: OffsetToSend): OffsetCommitResult => ({
  topic,
  partition,
  offset,
  outcome: 'dropped',
  fault: { _tag: 'UsageFault', reason: 'offsets can be committed only with a group.id' }
})

const notHeld = ({ topic, partition, offset }: OffsetToSend, groupId: string): OffsetCommitResult => ({
  topic,
  partition,
  offset,
  outcome: 'dropped',
  fault: { _tag: 'MembershipLostFault', groupId, reason: 'generation over' }
})
