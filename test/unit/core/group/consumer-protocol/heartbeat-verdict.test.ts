import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ConsumerMembershipOptions } from '../../../../../src/core/group/consumer-protocol/consumer-membership-messages.js'
import {
  fencedInstance,
  type HeartbeatVerdict,
  verdictOnHeartbeat
} from '../../../../../src/core/group/consumer-protocol/heartbeat-verdict.js'
import { errorCode, type ErrorName } from '../../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../../src/model/fault.js'

const subscription = { topics: ['orders', 'payments'], pattern: 'logs[' }
const options: ConsumerMembershipOptions = {
  groupId: 'g',
  groupInstanceId: 'a-1',
  clientRack: '',
  remoteAssignor: 'uniformm',
  subscription,
  newMemberId: () => 'm',
  rebalanceTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  random: () => 0
}

const on = (name: ErrorName, isJoining = false, message: string | null = null): HeartbeatVerdict =>
  verdictOnHeartbeat(
    right({
      code: errorCode[name],
      message,
      memberId: 'm',
      memberEpoch: 1,
      heartbeatIntervalMs: 3_000,
      assignment: null
    }),
    isJoining,
    options,
    subscription
  )
const failing = (fault: Fault, isJoining: boolean): HeartbeatVerdict =>
  verdictOnHeartbeat(left(fault), isJoining, options, subscription)

describe('verdictOnHeartbeat', () => {
  it.each<[ErrorName, HeartbeatVerdict['_tag']]>([
    ['NONE', 'accepted'],
    ['UNRELEASED_INSTANCE_ID', 'unreleased'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 'later'],
    ['NOT_COORDINATOR', 'later'],
    ['UNKNOWN_SERVER_ERROR', 'later'],
    ['INVALID_REQUEST', 'fatal'],
    ['GROUP_MAX_SIZE_REACHED', 'fatal']
  ])('reads %s as: %s', (name, expected) => {
    expect(on(name)._tag).toBe(expected)
  })

  it.each<[ErrorName, string]>([
    ['FENCED_MEMBER_EPOCH', 'generation over'],
    ['STALE_MEMBER_EPOCH', 'generation over'],
    ['UNKNOWN_MEMBER_ID', 'unknown member'],
    ['GROUP_ID_NOT_FOUND', 'unknown member']
  ])('says that the membership is lost by %s: %s', (name, reason) => {
    expect(on(name)).toMatchObject({ _tag: 'lost', reason, fault: { name } })
  })

  it('does not treat a group of another type as a deleted one', () => {
    expect(on('GROUP_ID_NOT_FOUND', true)._tag).toBe('fatal')
  })

  it.each<[ErrorName, object]>([
    ['GROUP_AUTHORIZATION_FAILED', { _tag: 'AuthorizationFault', resource: 'group', name: 'g' }],
    ['TOPIC_AUTHORIZATION_FAILED', { _tag: 'AuthorizationFault', resource: 'topic', name: 'orders, payments' }],
    ['FENCED_INSTANCE_ID', { _tag: 'FencedFault', what: 'group.instance.id', id: 'a-1' }],
    ['UNSUPPORTED_ASSIGNOR', { problems: [{ property: 'group.remote.assignor', given: '"uniformm"' }] }],
    ['INVALID_REGULAR_EXPRESSION', { problems: [{ property: 'subscription', given: '"logs["' }] }],
    ['INVALID_GROUP_ID', { problems: [{ property: 'group.id', given: '"g"' }] }]
  ])('names what to change in the fault of %s', (name, fault) => {
    expect(on(name)).toMatchObject({ _tag: 'fatal', fault })
  })

  it('adds the broker’s words to what is allowed', () => {
    expect(on('UNSUPPORTED_ASSIGNOR', true, 'have range')).toMatchObject({
      fault: { problems: [{ allowed: 'an assignor of the broker (have range)' }] }
    })
  })

  it('falls back to the classic protocol only if the brokers lack the other, and before the member has joined', () => {
    const unsupported: Fault = {
      _tag: 'UnsupportedVersionFault',
      api: 'ConsumerGroupHeartbeat',
      needed: '1',
      offered: 'none'
    }

    expect(failing(unsupported, true)._tag).toBe('unsupported')
    expect(failing(unsupported, false)._tag).not.toBe('unsupported')
    expect(on('UNSUPPORTED_VERSION', true)._tag).toBe('unsupported')
    expect(on('UNSUPPORTED_VERSION', false)._tag).toBe('fatal')
    // The broker speaks it, and says why this group does not.
    expect(on('UNSUPPORTED_VERSION', true, 'an assignor that is not known')._tag).toBe('fatal')
  })

  it('tries again after a request that was not answered', () => {
    expect(failing({ _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }, false)._tag).toBe('later')
  })
})

describe('fencedInstance', () => {
  it('has an empty id for a member without one', () => {
    expect(fencedInstance({ ...options, groupInstanceId: null })).toMatchObject({ id: '' })
  })
})
