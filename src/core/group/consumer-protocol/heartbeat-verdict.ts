import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Fault, MembershipLostFault } from '../../../model/fault.js'
import { brokerFault, errorCode as code, isFatal } from '../../protocol/error-code.js'
import type { ConsumerMembershipOptions, RemoteSubscription } from './consumer-membership-messages.js'
import type { ConsumerGroupHeartbeatResponse } from './heartbeat-messages.js'

/** What the coordinator's answer means for the member. */
export type HeartbeatVerdict =
  | { readonly _tag: 'accepted'; readonly answer: ConsumerGroupHeartbeatResponse }
  /** It is no longer a member, or not of this epoch. Only an unknown member needs another id. */
  | { readonly _tag: 'lost'; readonly reason: MembershipLostFault['reason']; readonly fault: Fault }
  /** Another member has the `group.instance.id`, and may be gone already. */
  | { readonly _tag: 'unreleased'; readonly fault: Fault }
  /** A later request may succeed: the coordinator cannot be reached, is moving, or is loading. */
  | { readonly _tag: 'later'; readonly fault: Fault }
  /** The brokers do not support the protocol. */
  | { readonly _tag: 'unsupported'; readonly fault: Fault }
  | { readonly _tag: 'fatal'; readonly fault: Fault }

const api = 'ConsumerGroupHeartbeat'

/** Reads an answer as Java's `AbstractHeartbeatRequestManager` does. */
export const verdictOnHeartbeat = (
  given: Either<Fault, ConsumerGroupHeartbeatResponse>,
  isJoining: boolean,
  options: ConsumerMembershipOptions,
  subscription: RemoteSubscription
): HeartbeatVerdict => {
  if (isLeft(given)) {
    const fault = given.left
    if (fault._tag === 'UnsupportedVersionFault' && isJoining) return { _tag: 'unsupported', fault }
    return { _tag: isFatal(fault) ? 'fatal' : 'later', fault }
  }
  const answer = given.right
  const fault = brokerFault(api, answer.code, undefined, undefined, answer.message)
  const fatal = (as: Fault): HeartbeatVerdict => ({ _tag: 'fatal', fault: as })
  switch (answer.code) {
    case code.NONE:
      return { _tag: 'accepted', answer }
    case code.FENCED_MEMBER_EPOCH:
    case code.STALE_MEMBER_EPOCH:
      return { _tag: 'lost', reason: 'generation over', fault }
    case code.UNKNOWN_MEMBER_ID:
      return { _tag: 'lost', reason: 'unknown member', fault }
    case code.GROUP_ID_NOT_FOUND:
      // To a member: the group is gone. To one that joins: the name belongs to a group of another type.
      return isJoining ? fatal(fault) : { _tag: 'lost', reason: 'unknown member', fault }
    case code.UNRELEASED_INSTANCE_ID:
      return { _tag: 'unreleased', fault }
    case code.UNSUPPORTED_VERSION:
      // With a message it is about the group: it cannot be converted, since an assignor of its members is not known.
      return isJoining && answer.message === null ? { _tag: 'unsupported', fault } : fatal(fault)
    case code.GROUP_AUTHORIZATION_FAILED:
      return fatal({ _tag: 'AuthorizationFault', resource: 'group', name: options.groupId })
    case code.TOPIC_AUTHORIZATION_FAILED:
      return fatal({ _tag: 'AuthorizationFault', resource: 'topic', name: subscription.topics.join(', ') })
    case code.FENCED_INSTANCE_ID:
      return fatal(fencedInstance(options))
    case code.UNSUPPORTED_ASSIGNOR:
      return fatal(configFault('group.remote.assignor', options.remoteAssignor ?? '', 'an assignor of the broker', answer)) // prettier-ignore
    case code.INVALID_REGULAR_EXPRESSION:
      return fatal(configFault('subscription', subscription.pattern ?? '', 'what RE2/J takes', answer))
    case code.INVALID_GROUP_ID:
      return fatal(configFault('group.id', options.groupId, 'a group id that the broker takes', answer))
    case code.INVALID_REQUEST:
    case code.GROUP_MAX_SIZE_REACHED:
      return fatal(fault)
    default:
      return { _tag: 'later', fault }
  }
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
