import { type Either, isLeft, map } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../model/fault.js'
import type { CodesOf } from '../protocol/answered-codes.js'
import { brokerFault, byCode, isFatal } from '../protocol/error-code.js'
import { fatalGroupFault } from './group-fault.js'
import type { MembershipOptions } from './membership-messages.js'

/** What the group's answer means for the member. */
export type Verdict<A> =
  | { readonly _tag: 'accepted'; readonly value: A }
  /** The member has to join (again) at once. */
  | { readonly _tag: 'join'; readonly value: A }
  /** The member is unknown, or not of this generation. */
  | { readonly _tag: 'lost'; readonly reason: MembershipLostFault['reason']; readonly fault: Fault }
  /** A later request may succeed: the coordinator cannot be reached, is moving, or is loading. */
  | { readonly _tag: 'later'; readonly fault: Fault }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

/** `rebalancing`: a member joins again at once; one that is joining already waits. */
type Meaning = 'accepted' | 'join with id' | 'rebalancing' | 'generation over' | 'unknown member'

/** The meaning of every code but those by which a group refuses a member permanently (`fatalGroupFault`). */
const rows: { readonly [Name in CodesOf<'group answer'>]: Meaning } = {
  NONE: 'accepted',
  MEMBER_ID_REQUIRED: 'join with id',
  REBALANCE_IN_PROGRESS: 'rebalancing',
  ILLEGAL_GENERATION: 'generation over',
  UNKNOWN_MEMBER_ID: 'unknown member',
  // From version 9 of OffsetCommit on, for a group that does not exist any more.
  GROUP_ID_NOT_FOUND: 'unknown member'
}

const meanings = /*#__PURE__*/ byCode<Meaning>(rows)

/** Reads an answer of the coordinator as Java's `AbstractCoordinator` does. */
export const verdictOn = <A extends { readonly code: number }>(
  api: 'JoinGroup' | 'SyncGroup' | 'Heartbeat',
  answer: Either<Fault, A>,
  options: MembershipOptions
): Verdict<A> => {
  if (isLeft(answer)) return { _tag: isFatal(answer.left) ? 'fatal' : 'later', fault: answer.left }
  const value = answer.right
  const fault = brokerFault(api, value.code)
  const meaning = meanings.get(value.code)
  switch (meaning) {
    case 'accepted':
      return { _tag: 'accepted', value }
    case 'join with id':
      return { _tag: 'join', value }
    case 'rebalancing':
      return api === 'JoinGroup' ? { _tag: 'later', fault } : { _tag: 'join', value }
    case 'generation over':
    case 'unknown member':
      return { _tag: 'lost', reason: meaning, fault }
    case undefined: {
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
