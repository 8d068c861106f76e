import { describe, expect, it } from 'vitest'
import {
  type CommitVerdict,
  commitVerdict,
  isOfPartition,
  offsetFetchVerdict,
  type OffsetFetchVerdict
} from '../../../../src/core/committing/offset-verdicts.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'

describe('commitVerdict', () => {
  it.each<[ErrorName, CommitVerdict, boolean]>([
    ['NONE', 'committed', true],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'unknown topic', true],
    ['OFFSET_METADATA_TOO_LARGE', 'metadata too large', true],
    ['TOPIC_AUTHORIZATION_FAILED', 'topic refused', true],
    ['ILLEGAL_GENERATION', 'generation over', false],
    ['GROUP_ID_NOT_FOUND', 'unknown member', false],
    ['FENCED_INSTANCE_ID', 'fenced', false],
    ['GROUP_AUTHORIZATION_FAILED', 'group refused', false],
    ['COORDINATOR_LOAD_IN_PROGRESS', 'retry', false],
    ['UNKNOWN_SERVER_ERROR', 'retry', false]
  ])('reads %s as: %s; about the partition alone: %s', (name, verdict, ofPartition) => {
    expect([commitVerdict(errorCode[name]), isOfPartition(errorCode[name])]).toEqual([verdict, ofPartition])
  })
})

describe('offsetFetchVerdict', () => {
  it.each<[ErrorName, OffsetFetchVerdict]>([
    ['NONE', 'found'],
    ['GROUP_AUTHORIZATION_FAILED', 'group refused'],
    ['STALE_MEMBER_EPOCH', 'member refused'],
    ['UNKNOWN_MEMBER_ID', 'member refused'],
    ['UNSTABLE_OFFSET_COMMIT', 'retry']
  ])('reads %s as: %s', (name, verdict) => {
    expect(offsetFetchVerdict(errorCode[name])).toBe(verdict)
  })
})
