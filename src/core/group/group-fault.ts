import type { Fault } from '../../model/fault.js'
import { brokerFault, errorCode } from '../protocol/error-code.js'
import type { MembershipOptions } from './membership-messages.js'

/** The fault that says what to change, if a group with this error code never accepts the member as it is; else null. */
export const fatalGroupFault = (api: string, code: number, options: MembershipOptions): Fault | null =>
  refusals.get(code)?.(options, brokerFault(api, code)) ?? null

/** Every code with which a group refuses a member permanently. */
const refusals: ReadonlyMap<number, (options: MembershipOptions, asAnswered: Fault) => Fault> = new Map([
  [
    errorCode.INCONSISTENT_GROUP_PROTOCOL,
    ({ groupId, protocols }) => ({ _tag: 'GroupProtocolFault', groupId, offered: protocols })
  ],
  [
    errorCode.INVALID_GROUP_ID,
    ({ groupId }) => configFault('group.id', JSON.stringify(groupId), 'a group id that the broker takes')
  ],
  [
    errorCode.INVALID_SESSION_TIMEOUT,
    ({ sessionTimeoutMs }) =>
      configFault(
        'session.timeout.ms',
        String(sessionTimeoutMs),
        'what the broker allows: group.min.session.timeout.ms to group.max.session.timeout.ms'
      )
  ],
  [
    errorCode.GROUP_AUTHORIZATION_FAILED,
    ({ groupId }) => ({ _tag: 'AuthorizationFault', resource: 'group', name: groupId })
  ],
  [errorCode.GROUP_MAX_SIZE_REACHED, (_options, asAnswered) => asAnswered],
  [
    errorCode.FENCED_INSTANCE_ID,
    ({ groupInstanceId }) => ({ _tag: 'FencedFault', what: 'group.instance.id', id: groupInstanceId ?? '' })
  ],
  [errorCode.UNSUPPORTED_VERSION, (_options, asAnswered) => asAnswered]
] satisfies [number, (options: MembershipOptions, asAnswered: Fault) => Fault][])

const configFault = (property: string, given: string, allowed: string): Fault => ({
  _tag: 'ConfigFault',
  problems: [{ property, given, allowed }]
})
