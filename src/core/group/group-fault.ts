import type { Fault } from '../../model/fault.js'
import { brokerFault, errorCode as code } from '../protocol/error-code.js'
import type { MembershipOptions } from './membership-messages.js'

/** Whether a group that answers with this code will never take the member as it is. */
export const refusesForGood = (given: number): boolean => refusals.has(given)

const refusals: ReadonlySet<number> = new Set([
  code.INCONSISTENT_GROUP_PROTOCOL,
  code.INVALID_GROUP_ID,
  code.INVALID_SESSION_TIMEOUT,
  code.GROUP_AUTHORIZATION_FAILED,
  code.GROUP_MAX_SIZE_REACHED,
  code.FENCED_INSTANCE_ID,
  code.UNSUPPORTED_VERSION
])

/** A code with which a group refuses a member for good, as a fault that says what to change. */
export const fatalGroupFault = (api: string, given: number, options: MembershipOptions): Fault => {
  const { groupId, groupInstanceId, protocols, sessionTimeoutMs } = options
  switch (given) {
    case code.INCONSISTENT_GROUP_PROTOCOL:
      return { _tag: 'GroupProtocolFault', groupId, offered: protocols }
    case code.GROUP_AUTHORIZATION_FAILED:
      return { _tag: 'AuthorizationFault', resource: 'group', name: groupId }
    case code.FENCED_INSTANCE_ID:
      return { _tag: 'FencedFault', what: 'group.instance.id', id: groupInstanceId ?? '' }
    case code.INVALID_SESSION_TIMEOUT:
      return configFault(
        'session.timeout.ms',
        String(sessionTimeoutMs),
        'what the broker allows: group.min.session.timeout.ms to group.max.session.timeout.ms'
      )
    case code.INVALID_GROUP_ID:
      return configFault('group.id', JSON.stringify(groupId), 'a group id that the broker takes')
    default:
      return brokerFault(api, given)
  }
}

const configFault = (property: string, given: string, allowed: string): Fault => ({
  _tag: 'ConfigFault',
  problems: [{ property, given, allowed }]
})
