import type { Fault } from '../../model/fault.js'
import type { CodesOf } from '../protocol/answered-codes.js'
import { brokerFault, byCode } from '../protocol/error-code.js'
import type { MembershipOptions } from './membership-messages.js'

/** The fault, with its remedy, if a group with this error code never accepts the member with its settings; else null. */
export const fatalGroupFault = (api: string, code: number, options: MembershipOptions): Fault | null =>
  refusals.get(code)?.(options, brokerFault(api, code)) ?? null

type Refusal = (options: MembershipOptions, asAnswered: Fault) => Fault

/** Every code with which a group refuses a member permanently. */
const rows: { readonly [Name in CodesOf<'group refusal'>]: Refusal } = {
  INCONSISTENT_GROUP_PROTOCOL: ({ groupId, protocols }) => ({
    _tag: 'GroupProtocolFault',
    groupId,
    offered: protocols
  }),
  INVALID_GROUP_ID: ({ groupId }) =>
    configFault('group.id', JSON.stringify(groupId), 'a group id that the broker accepts'),
  INVALID_SESSION_TIMEOUT: ({ sessionTimeoutMs }) =>
    configFault(
      'session.timeout.ms',
      String(sessionTimeoutMs),
      'what the broker allows: group.min.session.timeout.ms to group.max.session.timeout.ms'
    ),
  GROUP_AUTHORIZATION_FAILED: ({ groupId }) => ({ _tag: 'AuthorizationFault', resource: 'group', name: groupId }),
  GROUP_MAX_SIZE_REACHED: (_options, asAnswered) => asAnswered,
  FENCED_INSTANCE_ID: ({ groupInstanceId }) => ({
    _tag: 'FencedFault',
    what: 'group.instance.id',
    id: groupInstanceId ?? ''
  }),
  UNSUPPORTED_VERSION: (_options, asAnswered) => asAnswered
}

const refusals = /*#__PURE__*/ byCode<Refusal>(rows)

const configFault = (property: string, given: string, allowed: string): Fault => ({
  _tag: 'ConfigFault',
  problems: [{ property, given, allowed }]
})
