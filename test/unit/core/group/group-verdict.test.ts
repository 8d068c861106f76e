import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { heartbeatVerdict, verdictOn } from '../../../../src/core/group/group-verdict.js'
import type { MembershipOptions } from '../../../../src/core/group/membership-messages.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'

const options: MembershipOptions = {
  groupId: 'g',
  groupInstanceId: 'a-1',
  protocols: ['range'],
  protocol: 'eager',
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  rebalanceTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  random: () => 0
}
type Api = Parameters<typeof verdictOn>[0]

const verdict = (api: Api, name: ErrorName) => verdictOn(api, right({ code: errorCode[name] }), options)

describe('verdictOn', () => {
  it.each<[Api, ErrorName, string]>([
    ['JoinGroup', 'NONE', 'accepted'],
    ['SyncGroup', 'NONE', 'accepted'],
    ['Heartbeat', 'NONE', 'accepted'],
    ['JoinGroup', 'MEMBER_ID_REQUIRED', 'join'],
    // The group rebalances: who is a member joins again, who is about to join waits.
    ['Heartbeat', 'REBALANCE_IN_PROGRESS', 'join'],
    ['SyncGroup', 'REBALANCE_IN_PROGRESS', 'join'],
    ['JoinGroup', 'REBALANCE_IN_PROGRESS', 'later'],
    ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS', 'later'],
    ['Heartbeat', 'NOT_COORDINATOR', 'later'],
    ['SyncGroup', 'UNKNOWN_SERVER_ERROR', 'later'],
    ['JoinGroup', 'GROUP_MAX_SIZE_REACHED', 'fatal'],
    ['Heartbeat', 'FENCED_INSTANCE_ID', 'fatal']
  ])('reads %s answered with %s as: %s', (api, name, expected) => {
    expect(verdict(api, name)._tag).toBe(expected)
  })

  it.each<[ErrorName, string]>([
    ['ILLEGAL_GENERATION', 'generation over'],
    ['UNKNOWN_MEMBER_ID', 'unknown member'],
    ['GROUP_ID_NOT_FOUND', 'unknown member']
  ])('says that the membership is lost by %s: %s', (name, reason) => {
    expect(verdict('Heartbeat', name)).toMatchObject({
      _tag: 'lost',
      reason,
      fault: { _tag: 'BrokerFault', api: 'Heartbeat', name }
    })
  })

  it('names what to change in the fault of a group that never accepts the member', () => {
    expect(verdict('JoinGroup', 'INVALID_SESSION_TIMEOUT')).toMatchObject({
      _tag: 'fatal',
      fault: { _tag: 'ConfigFault', problems: [{ property: 'session.timeout.ms', given: '45000' }] }
    })
  })

  it('tries again after a request that was not answered, but not after one that can never be', () => {
    const cut = left({ _tag: 'ConnectionFault', broker: 'b', reason: 'cut' } as const)
    const refused = left({ _tag: 'AuthenticationFault', broker: 'b', reason: 'no' } as const)

    expect(verdictOn('JoinGroup', cut, options)._tag).toBe('later')
    expect(verdictOn('JoinGroup', refused, options)._tag).toBe('fatal')
  })
})

describe('heartbeatVerdict', () => {
  it('reads the code of a refused commit as that of a heartbeat', () => {
    expect(heartbeatVerdict(right(errorCode.REBALANCE_IN_PROGRESS), options)._tag).toBe('join')
    expect(heartbeatVerdict(right(errorCode.UNKNOWN_MEMBER_ID), options)).toMatchObject({ fault: { api: 'Heartbeat' } })
  })
})
