import { describe, expect, it } from 'vitest'
import {
  adminVerdict,
  createTopicVerdict,
  describeGroupVerdict,
  refusedResource,
  setOffsetsVerdict
} from '../../../../src/core/protocol/admin-verdicts.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'

describe('adminVerdict', () => {
  it.each<[ErrorName, string]>([
    ['NONE', 'done'],
    ['LEADER_NOT_AVAILABLE', 'not now'],
    ['NOT_LEADER_OR_FOLLOWER', 'not now'],
    ['COORDINATOR_LOAD_IN_PROGRESS', 'not now'],
    ['COORDINATOR_NOT_AVAILABLE', 'not now'],
    ['NOT_COORDINATOR', 'not now'],
    ['NOT_CONTROLLER', 'not now'],
    ['TOPIC_AUTHORIZATION_FAILED', 'topic'],
    ['GROUP_AUTHORIZATION_FAILED', 'group'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'cluster'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'transactional.id'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'refused']
  ])('%s: %s', (name, verdict) => {
    expect(adminVerdict(errorCode[name])).toBe(verdict)
  })

  it('names the resource of a refusal alone', () => {
    expect(['GROUP_AUTHORIZATION_FAILED', 'NOT_CONTROLLER', 'NONE', 'INVALID_REQUEST'].map((name) => refusedResource(errorCode[name as ErrorName]))).toEqual(['group', null, null, null]) // prettier-ignore
  })
})

describe('what single requests of an admin client are answered', () => {
  it.each<[(code: number) => string, ErrorName, string]>([
    [createTopicVerdict, 'NONE', 'created'],
    [createTopicVerdict, 'TOPIC_ALREADY_EXISTS', 'exists'],
    [createTopicVerdict, 'NOT_CONTROLLER', 'controller moved'],
    [createTopicVerdict, 'POLICY_VIOLATION', 'refused'],
    [describeGroupVerdict, 'NONE', 'described'],
    [describeGroupVerdict, 'GROUP_ID_NOT_FOUND', 'none'],
    [describeGroupVerdict, 'UNSUPPORTED_VERSION', 'none'],
    [describeGroupVerdict, 'GROUP_AUTHORIZATION_FAILED', 'refused'],
    [setOffsetsVerdict, 'NONE', 'set'],
    [setOffsetsVerdict, 'UNKNOWN_MEMBER_ID', 'has members'],
    [setOffsetsVerdict, 'ILLEGAL_GENERATION', 'has members'],
    [setOffsetsVerdict, 'GROUP_ID_NOT_FOUND', 'no consumer group'],
    [setOffsetsVerdict, 'UNKNOWN_TOPIC_OR_PARTITION', 'refused']
  ])('%o: %s is %s', (verdictOf, name, verdict) => {
    expect(verdictOf(errorCode[name])).toBe(verdict)
  })
})
