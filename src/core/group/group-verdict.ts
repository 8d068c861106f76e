import { type Either, isLeft, map } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../model/fault.js'
import { brokerFault, errorCode, isFatal } from '../protocol/error-code.js'
import { fatalGroupFault } from './group-fault.js'
import type { MembershipOptions } from './membership-messages.js'

/** What the group's answer means for the member. */
export type Verdict<A> =
  | { readonly _tag: 'accepted'; readonly value: A }
  /** It has to join (again) at once. */
  | { readonly _tag: 'join'; readonly value: A }
  /** It is no longer a member, or not of this generation. */
  | { readonly _tag: 'lost'; readonly reason: MembershipLostFault['reason']; readonly fault: Fault }
  /** A later request may succeed: the coordinator cannot be reached, is moving, or is loading. */
  | { readonly _tag: 'later'; readonly fault: Fault }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

/** Reads an answer of the coordinator as Java's `AbstractCoordinator` does. */
export const verdictOn = <A extends { readonly code: number }>(
  api: 'JoinGroup' | 'SyncGroup' | 'Heartbeat',
  answer: Either<Fault, A>,
  options: MembershipOptions
): Verdict<A> => {
  if (isLeft(answer)) return { _tag: isFatal(answer.left) ? 'fatal' : 'later', fault: answer.left }
  const value = answer.right
  const fault = brokerFault(api, value.code)
  switch (value.code) {
    case errorCode.NONE:
      return { _tag: 'accepted', value }
    case errorCode.MEMBER_ID_REQUIRED:
      return { _tag: 'join', value }
    case errorCode.REBALANCE_IN_PROGRESS:
      return api === 'JoinGroup' ? { _tag: 'later', fault } : { _tag: 'join', value }
    case errorCode.ILLEGAL_GENERATION:
      return { _tag: 'lost', reason: 'generation over', fault }
    case errorCode.UNKNOWN_MEMBER_ID:
    // OffsetCommit, from version 9 on, to a group that is gone.
    case errorCode.GROUP_ID_NOT_FOUND:
      return { _tag: 'lost', reason: 'unknown member', fault }
    default: {
      const fatal = fatalGroupFault(api, value.code, options)
      return fatal === null ? { _tag: 'later', fault } : { _tag: 'fatal', fault: fatal }
    }
  }
}

/** What a heartbeat, or the refusal of a commit, says about the membership. */
export const heartbeatVerdict = (
  answer: Either<Fault, number>,
  options: MembershipOptions
): Verdict<{ readonly code: number }> => verdictOn('Heartbeat', map((code: number) => ({ code }))(answer), options)
