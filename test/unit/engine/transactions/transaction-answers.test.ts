import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { type Outcome, outside, Transacting, type TransactingOptions } from '../../../support/transacting.js'

/** A transaction that writes to three partitions: while the first is being added, the others are collected. */
const several = (on: Transacting): { readonly told: readonly Outcome[]; readonly committed: Outcome } => {
  on.model.createTopic('t', 3)
  const one = on.session()
  on.take(one.begin())
  const told = ['a', 'b', 'c'].map((value, partition) => on.send(one, value, partition))
  on.clock.advance(5_000)
  return { committed: on.take(one.commit()), told: told.map((outcome) => outcome()) }
}

const answering = (answers: (readonly number[] | null)[], api: string): TransactingOptions => ({
  version: 1,
  codes: (asked, topics) => (asked === api && topics.length > 1 ? (answers.shift() ?? null) : null)
})

describe('an answer about several partitions', () => {
  it('asks again where a broker does not know one of them yet, and so has added none', () => {
    const late = [code.OPERATION_NOT_ATTEMPTED, code.UNKNOWN_TOPIC_OR_PARTITION]
    const on = new Transacting(answering([late, [...late].reverse()], 'addPartitionsToTxn'))
    expect(several(on)).toEqual({ told: ['done', 'done', 'done'], committed: 'done' })
    expect(on.sent.filter((api) => api === 'addPartitionsToTxn')).toHaveLength(4)
    expect([0, 1, 2].map((partition) => on.visible(partition))).toEqual([['a'], ['b'], ['c']])
  })

  it.each([
    ['behind those that were not attempted', [code.OPERATION_NOT_ATTEMPTED, code.TOPIC_AUTHORIZATION_FAILED]],
    ['behind one that may come', [code.UNKNOWN_TOPIC_OR_PARTITION, code.TOPIC_AUTHORIZATION_FAILED]],
    ['before it', [code.TOPIC_AUTHORIZATION_FAILED, code.UNKNOWN_TOPIC_OR_PARTITION]]
  ])('names the topic that is refused: %s', (_, codes) => {
    const on = new Transacting(answering([codes], 'addPartitionsToTxn'))
    expect(several(on).committed).toEqual({ _tag: 'AuthorizationFault', resource: 'topic', name: 't' })
  })

  it('is the fencing where one of its codes says so', () => {
    const on = new Transacting(
      answering([[code.TOPIC_AUTHORIZATION_FAILED, code.PRODUCER_FENCED]], 'addPartitionsToTxn')
    )
    expect(several(on).committed).toMatchObject({ _tag: 'FencedFault' })
  })

  it('names the topic of an offset that is refused', () => {
    const on = new Transacting({ version: 2, codes: () => [code.NONE, code.TOPIC_AUTHORIZATION_FAILED] })
    const one = on.session()
    on.take(one.begin())
    const offsets = ['t', 'secret'].map((topic) => ({
      topic,
      partition: 0,
      offset: 1n,
      leaderEpoch: -1,
      metadata: ''
    }))
    const refused = { _tag: 'AuthorizationFault', resource: 'topic', name: 'secret' }
    expect(on.take(one.sendOffsets(outside, offsets))).toEqual(refused)
  })
})

describe.each([1, 2] as const)('an offset of a topic that was deleted, by version %i', (version) => {
  it('is asked for again for max.block.ms; then the transaction can only be aborted', () => {
    const on = new Transacting({ version, properties: { 'max.block.ms': 5_000 } })
    const one = on.session()
    on.take(one.begin())
    expect(on.write(one, 'a')).toBe('done')
    const gone = [{ topic: 'gone', partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }]
    const sent = on.begin(one.sendOffsets(outside, gone))
    on.clock.advance(4_900)
    expect(sent()).toBeUndefined()
    on.clock.advance(2_000)
    const fault = { _tag: 'UnknownTopicFault', topic: 'gone' }
    expect(sent()).toEqual(fault)
    expect(on.take(one.commit())).toEqual(fault)
    expect(on.take(one.abort())).toBe('done')
    on.take(one.begin())
    expect(on.write(one, 'b')).toBe('done')
    expect(on.take(one.commit())).toBe('done')
    expect(on.visible()).toEqual(['b'])
  })

  it('does not hold up an abort', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    const gone = [{ topic: 'gone', partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }]
    const sent = on.begin(one.sendOffsets(outside, gone))
    on.clock.advance(2_000)
    expect(on.take(one.abort(), 3_000)).toBe('done')
    expect(sent()).toMatchObject({ _tag: 'UsageFault' })
    const asked = on.sent.length
    on.clock.advance(10_000)
    expect(on.sent).toHaveLength(asked)
  })
})

describe('an abort with a write in flight', () => {
  it('waits for it under version 1: behind the marker it would belong to the next transaction', () => {
    const on = new Transacting({ version: 1, produceMs: 700 })
    const one = on.session()
    on.take(one.begin())
    const late = on.send(one, 'a')
    on.clock.advance(100)
    const aborted = on.begin(one.abort())
    on.clock.advance(500)
    expect([aborted(), late()]).toMatchObject([undefined, { _tag: 'UsageFault' }])
    on.clock.advance(500)
    expect(aborted()).toBe('done')
    expect(on.sent).toEqual(['initProducerId', 'addPartitionsToTxn', 'produce', 'endTxn'])
  })

  it('does not wait under version 2: its end gives a new epoch, which keeps out what comes late', () => {
    const on = new Transacting({ version: 2, produceMs: 700 })
    const one = on.session()
    on.take(one.begin())
    on.send(one, 'a')
    on.clock.advance(100)
    expect(on.take(one.abort(), 100)).toBe('done')
    on.take(one.begin())
    expect(on.write(one, 'b')).toBe('done')
    expect(on.take(one.commit())).toBe('done')
    expect(on.sent).toEqual(['initProducerId', 'endTxn', 'produce', 'produce', 'endTxn'])
    expect(on.visible()).toEqual(['b'])
  })

  it('is answered when the session is closed meanwhile', () => {
    const on = new Transacting({ version: 1, produceMs: 700 })
    const one = on.session()
    on.take(one.begin())
    on.send(one, 'a')
    on.clock.advance(100)
    const aborted = on.begin(one.abort())
    one.close()
    on.clock.advance(10_000)
    expect(aborted()).toMatchObject({ _tag: 'ClosedFault' })
    expect(on.sent).not.toContain('produce')
  })
})
