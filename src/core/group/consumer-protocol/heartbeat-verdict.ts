import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../../model/fault.js'
import type { CodesOf } from '../../protocol/answered-codes.js'
import { brokerFault, byCode, isFatal } from '../../protocol/error-code.js'
import type { ConsumerMembershipOptions, RemoteSubscription } from './consumer-membership-messages.js'
import type { ConsumerGroupHeartbeatResponse } from './heartbeat-messages.js'

/** What the coordinator's answer means for the member. */
export type HeartbeatVerdict =
  | { readonly _tag: 'accepted'; readonly answer: ConsumerGroupHeartbeatResponse }
  /** The member is unknown, or not of this epoch. Only an unknown member needs another ID. */
  | { readonly _tag: 'lost'; readonly reason: MembershipLostFault['reason']; readonly fault: Fault }
  /** Another member has the `group.instance.id`, and may have ended already. */
  | { readonly _tag: 'unreleased'; readonly fault: Fault }
  /** A later request may succeed: the coordinator cannot be reached, is moving, or is loading. */
  | { readonly _tag: 'later'; readonly fault: Fault }
  /** The brokers do not support the protocol. */
  | { readonly _tag: 'unsupported'; readonly fault: Fault }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

const api = 'ConsumerGroupHeartbeat'

interface Answered {
  readonly answer: ConsumerGroupHeartbeatResponse
  readonly fault: Fault
  readonly isJoining: boolean
  readonly options: ConsumerMembershipOptions
  readonly subscription: RemoteSubscription
}

type Row = (answered: Answered) => HeartbeatVerdict

const fatal = (fault: Fault): HeartbeatVerdict => ({ _tag: 'fatal', fault })
const asAnswered: Row = ({ fault }) => fatal(fault)
const generationOver: Row = ({ fault }) => ({ _tag: 'lost', reason: 'generation over', fault })
const unknownMember: Row = ({ fault }) => ({ _tag: 'lost', reason: 'unknown member', fault })

/** The meaning of every code; any other may pass. */
const rows: { readonly [Name in CodesOf<'ConsumerGroupHeartbeat'>]: Row } = {
  NONE: ({ answer }) => ({ _tag: 'accepted', answer }),
  FENCED_MEMBER_EPOCH: generationOver,
  STALE_MEMBER_EPOCH: generationOver,
  UNKNOWN_MEMBER_ID: unknownMember,
  // For a member: the group does not exist any more. For one that joins: a group of another type has the name.
  GROUP_ID_NOT_FOUND: (answered) => (answered.isJoining ? asAnswered : unknownMember)(answered),
  UNRELEASED_INSTANCE_ID: ({ fault }) => ({ _tag: 'unreleased', fault }),
  // With a message, the group cannot be converted: an assignor of its members is unknown to the broker.
  UNSUPPORTED_VERSION: ({ isJoining, answer, fault }) =>
    isJoining && answer.message === null ? { _tag: 'unsupported', fault } : fatal(fault),
  GROUP_AUTHORIZATION_FAILED: ({ options }) =>
    fatal({ _tag: 'AuthorizationFault', resource: 'group', name: options.groupId }),
  TOPIC_AUTHORIZATION_FAILED: ({ subscription }) =>
    fatal({ _tag: 'AuthorizationFault', resource: 'topic', name: subscription.topics.join(', ') }),
  FENCED_INSTANCE_ID: ({ options }) => fatal(fencedInstance(options)),
  UNSUPPORTED_ASSIGNOR: ({ options, answer }) =>
    fatal(configFault('group.remote.assignor', options.remoteAssignor ?? '', 'an assignor of the broker', answer)),
  INVALID_REGULAR_EXPRESSION: ({ subscription, answer }) =>
    fatal(configFault('subscription', subscription.pattern ?? '', 'a regular expression in RE2/J syntax', answer)),
  INVALID_GROUP_ID: ({ options, answer }) =>
    fatal(configFault('group.id', options.groupId, 'a group id that the broker accepts', answer)),
  INVALID_REQUEST: asAnswered,
  GROUP_MAX_SIZE_REACHED: asAnswered
}

const verdicts = /*#__PURE__*/ byCode<Row>(rows)

/** Reads an answer as Java's `AbstractHeartbeatRequestManager` does. */
export const verdictOnHeartbeat = (
  result: Either<Fault, ConsumerGroupHeartbeatResponse>,
  isJoining: boolean,
  options: ConsumerMembershipOptions,
  subscription: RemoteSubscription
): HeartbeatVerdict => {
  if (isLeft(result)) {
    const fault = result.left
    if (fault._tag === 'UnsupportedVersionFault' && isJoining) return { _tag: 'unsupported', fault }
    return { _tag: isFatal(fault) ? 'fatal' : 'later', fault }
  }
  const answer = result.right
  const fault = brokerFault(api, answer.code, undefined, undefined, answer.message)
  const row = verdicts.get(answer.code)
  return row === undefined ? { _tag: 'later', fault } : row({ answer, fault, isJoining, options, subscription })
}

/** Another member has the `group.instance.id`. */
export const fencedInstance = ({ groupInstanceId }: ConsumerMembershipOptions): Fault => ({
  _tag: 'FencedFault',
  what: 'group.instance.id',
  id: groupInstanceId ?? ''
})

const configFault = (
  property: string,
  given: string,
  allowed: string,
  { message }: ConsumerGroupHeartbeatResponse
): Fault => ({
  _tag: 'ConfigFault',
  problems: [
    { property, given: JSON.stringify(given), allowed: message === null ? allowed : `${allowed} (${message})` }
  ]
})
