import { isLeft, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, defer, EMPTY, map, type Observable, of } from 'rxjs'
import { commitVerdict, isOfPartition } from '../../core/committing/offset-verdicts.js'
import { isTooLargeCommit } from '../../core/committing/too-large-commit.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, partitionKey } from '../../model/topic-partition.js'
import type { OffsetToSend, OffsetCommitResult } from '../../ports/consumer-session.js'
import type { GroupMember } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

interface SendContext {
  readonly context: SessionContext
  readonly metadata: ConsumerMetadata
}

/** The identity under which offsets are committed. */
export interface Committing {
  readonly member: GroupMember
  /** Whether the offset's partition is still held: a commit in several requests takes time. */
  readonly isHeld: (offset: OffsetToSend) => boolean
  /** Whether the offset should still be committed. After a seek it is left out, also in the answer. */
  readonly isCurrent: (offset: OffsetToSend) => boolean
  /** The group refuses the member; called once the results of the offsets are known. */
  readonly refused: (generation: number, code: number) => void
}

/**
 * Commits offsets; returns the meaning of the codes for each partition. If they are too large together
 * (`isTooLargeCommit`), each half is sent separately, so that only those fail whose metadata does not fit.
 */
export const sendOffsets = (
  where: SendContext,
  committing: Committing,
  offsets: readonly OffsetToSend[]
): Step<readonly OffsetCommitResult[]> =>
  sendInParts(where, committing, offsets).pipe(
    concatMap((answer): Step<readonly OffsetCommitResult[]> => {
      if (isLeft(answer)) return of(answer)
      const { results, refusal } = answer.right
      if (refusal === null) return of(right(results))
      // The answer to the commit comes first: the refusal may end the membership, and with it the caller.
      const follow = defer((): Observable<never> => {
        committing.refused(committing.member.generation, refusal)
        return EMPTY
      })
      return concat(of(right(results)), follow)
    })
  )

interface PartlyAnswered {
  readonly results: readonly OffsetCommitResult[]
  /** the code by which the group refuses the member */
  readonly refusal: number | null
}

const sendInParts = (
  where: SendContext,
  committing: Committing,
  offsets: readonly OffsetToSend[]
): Step<PartlyAnswered> =>
  sendAtOnce(where, committing.member, offsets).pipe(
    concatMap((answer) => {
      if (isLeft(answer) || !answer.right.results.every(({ fault }) => isTooLargeCommit(codeOf(fault), offsets)))
        return of(answer)
      const half = Math.ceil(offsets.length / 2)
      return sendRest(where, committing, offsets.slice(0, half), { results: [], refusal: null }).pipe(
        concatMap((first) =>
          isLeft(first) ? of(first) : sendRest(where, committing, offsets.slice(half), first.right)
        )
      )
    })
  )

/**
 * Sends the second half, unless the group has refused the first. Partitions released meanwhile are left out: they belong to
 * others by now.
 */
const sendRest = (
  where: SendContext,
  committing: Committing,
  rest: readonly OffsetToSend[],
  first: PartlyAnswered
): Step<PartlyAnswered> => {
  const { refusal } = first
  const { member, isHeld, isCurrent } = committing
  const current = rest.filter(isCurrent)
  const isSent = (offset: OffsetToSend): boolean => refusal === null && isHeld(offset)
  const left = current
    .filter((offset) => !isSent(offset))
    .map((offset) => resultOf(offset, refusal ?? errorCode.ILLEGAL_GENERATION, member))
  const sent = current.filter(isSent)
  const all = (more: readonly OffsetCommitResult[], refusedBy: number | null): PartlyAnswered => {
    const results = new Map([...left, ...more].map((result) => [keyOf(result), result]))
    const ofRest = current.flatMap(({ topic, partition }) => results.get(partitionKey(topic, partition)) ?? [])
    return { results: [...first.results, ...ofRest], refusal: refusedBy }
  }
  if (sent.length === 0) return of(right(all([], refusal)))
  return sendInParts(where, committing, sent).pipe(
    map((answer) => (isLeft(answer) ? answer : right(all(answer.right.results, answer.right.refusal))))
  )
}

const codeOf = (fault: Fault | null): number => (fault?._tag === 'BrokerFault' ? fault.code : errorCode.NONE)

const sendAtOnce = (
  { context, metadata }: SendContext,
  member: GroupMember,
  offsets: readonly OffsetToSend[]
): Step<PartlyAnswered> =>
  context.calls
    .offsetCommit({ ...member, offsets: offsets.map((one) => ({ ...one, topicId: metadata.idOf(one.topic) })) })
    .pipe(
      map((answer) => {
        if (isLeft(answer)) return answer
        const codes = new Map(answer.right.map((entry) => [keyOf(entry), entry.code]))
        const results = offsets.map((offset) =>
          resultOf(offset, codes.get(keyOf(offset)) ?? errorCode.NETWORK_EXCEPTION, member)
        )
        const refusal = [...codes.values()].find((code) => !isOfPartition(code)) ?? null
        return right({ results, refusal })
      })
    )

const resultOf = (
  { topic, partition, offset }: OffsetToSend,
  code: number,
  { groupId, groupInstanceId }: GroupMember
): OffsetCommitResult => {
  const place = { topic, partition, offset }
  const dropped = (fault: Fault): OffsetCommitResult => ({ ...place, outcome: 'dropped', fault })
  const verdict = commitVerdict(code)
  switch (verdict) {
    case 'committed':
      return { ...place, outcome: 'committed', fault: null }
    case 'generation over':
    case 'unknown member':
      return dropped({ _tag: 'MembershipLostFault', groupId, reason: verdict })
    case 'fenced':
      return dropped({ _tag: 'FencedFault', what: 'group.instance.id', id: groupInstanceId ?? '' })
    case 'metadata too large':
    case 'too large':
      return dropped(brokerFault('OffsetCommit', code, topic, partition))
    case 'topic refused':
      return dropped({ _tag: 'AuthorizationFault', resource: 'topic', name: topic })
    case 'group refused':
      return dropped({ _tag: 'AuthorizationFault', resource: 'group', name: groupId })
    case 'unknown topic':
    case 'epoch changed':
    case 'retry':
      return { ...place, outcome: 'retry', fault: brokerFault('OffsetCommit', code, topic, partition) }
  }
}
