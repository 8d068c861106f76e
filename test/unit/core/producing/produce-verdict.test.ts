import { describe, expect, it } from 'vitest'
import { bareAnswer, type BatchAnswer } from '../../../../src/core/producing/batch-answer.js'
import {
  faultOfAnswer,
  faultOfRecord,
  produceCodes,
  type ProduceVerdict,
  produceVerdict,
  tooLarge
} from '../../../../src/core/producing/produce-verdict.js'
import { errorCode, type ErrorName } from '../../../../src/core/protocol/error-code.js'

const place = { topic: 't', partition: 2 }
const faultOf = (name: ErrorName, maybeWritten = false, message: string | null = null) =>
  faultOfAnswer(place, { code: errorCode[name], message }, maybeWritten)

describe('produceVerdict', () => {
  it.each<[ErrorName, ProduceVerdict['_tag']]>([
    ['NONE', 'written'],
    ['DUPLICATE_SEQUENCE_NUMBER', 'written'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'out of sequence'],
    ['UNKNOWN_PRODUCER_ID', 'forgotten'],
    ['MESSAGE_TOO_LARGE', 'too large'],
    ['INVALID_RECORD', 'invalid record'],
    ['NOT_LEADER_OR_FOLLOWER', 'retry'],
    ['TOPIC_AUTHORIZATION_FAILED', 'not authorised'],
    ['INVALID_REQUIRED_ACKS', 'refused']
  ])('reads %s as: %s', (name, expected) => {
    expect(produceVerdict(errorCode[name])._tag).toBe(expected)
  })

  it('looks for another leader only after codes that suggest one', () => {
    const moved = produceCodes.filter((code) => {
      const verdict = produceVerdict(code)
      return verdict._tag === 'retry' && verdict.moved
    })
    expect(moved.map((code) => Object.entries(errorCode).find(([, one]) => one === code)?.[0]).sort()).toEqual([
      'FENCED_LEADER_EPOCH',
      'KAFKA_STORAGE_ERROR',
      'LEADER_NOT_AVAILABLE',
      'NETWORK_EXCEPTION',
      'NOT_LEADER_OR_FOLLOWER',
      'REPLICA_NOT_AVAILABLE',
      'UNKNOWN_TOPIC_ID',
      'UNKNOWN_TOPIC_OR_PARTITION'
    ])
  })

  it('leaves open whether a batch was written after an unknown code', () => {
    expect(produceVerdict(30_000)).toMatchObject({ _tag: 'refused', permanent: false, maybeWritten: true })
  })
})

describe('faultOfAnswer', () => {
  it('has the words of the broker behind the name of the code', () => {
    expect(faultOf('NOT_ENOUGH_REPLICAS', false, 'only 1 of 2')).toMatchObject({
      trouble: 'not enough replicas',
      reason: 'NOT_ENOUGH_REPLICAS: only 1 of 2',
      permanent: false,
      maybeWritten: false
    })
  })

  it.each<[ErrorName, boolean, boolean]>([
    // The leader has it, and the others do not yet.
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', false, true],
    ['NOT_ENOUGH_REPLICAS', false, false],
    // An earlier attempt was not answered.
    ['NOT_ENOUGH_REPLICAS', true, true],
    ['INVALID_REQUIRED_ACKS', true, true],
    ['MESSAGE_TOO_LARGE', true, true]
  ])('of %s, after an attempt in doubt: %s, may be in the log: %s', (name, before, maybeWritten) => {
    expect(faultOf(name, before)).toMatchObject({ maybeWritten })
  })

  it('is permanent only where the same record would be refused again', () => {
    expect(faultOf('MESSAGE_TOO_LARGE')).toMatchObject({ trouble: 'record too large', permanent: true })
    expect(faultOf('INVALID_RECORD')).toMatchObject({ trouble: 'refused', permanent: true })
    expect(faultOf('PRODUCER_FENCED')).toMatchObject({ trouble: 'fenced', permanent: true })
    expect(faultOf('INVALID_PRODUCER_EPOCH')).toMatchObject({ trouble: 'fenced', permanent: false })
    expect(faultOf('OUT_OF_ORDER_SEQUENCE_NUMBER')).toMatchObject({ permanent: false })
  })

  it('names the unauthorised resource', () => {
    expect(faultOf('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')).toEqual({
      _tag: 'AuthorizationFault',
      resource: 'transactional.id',
      name: 't'
    })
  })
})

describe('faultOfRecord', () => {
  const answer = (...refused: BatchAnswer['refused']): BatchAnswer => ({
    ...bareAnswer(errorCode.INVALID_TIMESTAMP),
    message: 'of the batch',
    refused
  })
  const one = { index: 0, message: 'of the record' }

  it('has the code of the batch if it is the only one, and the words of the record before those of the batch', () => {
    expect(faultOfRecord(place, answer(one), one, false)).toMatchObject({ reason: 'INVALID_TIMESTAMP: of the record' })
    expect(faultOfRecord(place, answer(one), { index: 0, message: null }, false)).toMatchObject({
      reason: 'INVALID_TIMESTAMP: of the batch'
    })
  })

  it('is INVALID_RECORD if several are named: the code may be meant for any of them', () => {
    const other = { index: 1, message: null }
    expect(faultOfRecord(place, answer(one, other), one, false)).toMatchObject({
      reason: 'INVALID_RECORD: of the record'
    })
  })
})

describe('tooLarge', () => {
  it('accepts exactly max.request.size', () => {
    expect(tooLarge('t', 100, 100)).toBeNull()
    expect(tooLarge('t', 101, 100)).toMatchObject({ trouble: 'record too large', permanent: true })
  })
})
