import { describe, expect, it } from 'vitest'
import type { ProducerApi } from '../../../../src/sources/memory/fault-on-demand.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { TransactionSession } from '../../../../src/ports/transaction-session.js'
import { type Outcome, outside, Transacting } from '../../../support/transacting.js'

const versions = [1, 2] as const

/** A transaction with a record and an offset: what became of its steps, in order, up to the first that failed. */
const whole = (on: Transacting, session: TransactionSession, value: string, offset: bigint): readonly Outcome[] => {
  const steps = [
    () => on.take(session.begin()),
    () => on.write(session, value),
    () => on.take(on.offsets(session, offset)),
    () => on.take(session.commit())
  ]
  const told: Outcome[] = []
  for (const step of steps) {
    told.push(step())
    if (told.at(-1) !== 'done') break
  }
  return told
}

const allDone = ['done', 'done', 'done', 'done']

describe.each(versions)('transactions by version %i', (version) => {
  const apis: readonly ProducerApi[] =
    version === 1
      ? ['InitProducerId', 'AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']
      : ['InitProducerId', 'Produce', 'TxnOffsetCommit', 'EndTxn']

  it('make records and offsets visible at the commit, and not before', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    expect([on.write(one, 'a'), on.write(one, 'b', 1)]).toEqual(['done', 'done'])
    expect(on.take(on.offsets(one, 7n))).toBe('done')
    expect([on.visible(), on.visible(1), on.stored()]).toEqual([[], [], undefined])
    expect(on.take(one.commit())).toBe('done')
    expect([on.visible(), on.visible(1), on.stored()]).toEqual([['a'], ['b'], 7n])
  })

  it('sends offsets that are too large for one batch of the group’s log in parts; they become visible together', () => {
    const on = new Transacting({ version, mostOffsets: 1 })
    const one = on.session()
    const both = [0, 1].map((partition) => ({ topic: 't', partition, offset: 7n, leaderEpoch: -1, metadata: '' }))
    on.take(one.begin())
    expect(on.take(one.sendOffsets(outside, both))).toBe('done')
    expect(on.sent.slice(-3)).toEqual(['txnOffsetCommit of 2', 'txnOffsetCommit', 'txnOffsetCommit'])
    expect([on.stored(0), on.stored(1)]).toEqual([undefined, undefined])
    expect(on.take(one.commit())).toBe('done')
    expect([on.stored(0), on.stored(1)]).toEqual([7n, 7n])
  })

  it('fails for a single offset that is too large: the transaction can only be aborted', () => {
    const on = new Transacting({ version, mostOffsets: 0 })
    const one = on.session()
    on.take(one.begin())
    const refused = { _tag: 'BrokerFault', api: 'TxnOffsetCommit', name: 'INVALID_COMMIT_OFFSET_SIZE' }
    expect(on.take(on.offsets(one, 7n))).toMatchObject(refused)
    expect(on.take(one.commit())).toMatchObject(refused)
    expect([on.take(one.abort()), on.stored()]).toEqual(['done', undefined])
  })

  it('continues after it has written to the second partition only', () => {
    const on = new Transacting({ version })
    const one = on.session()
    for (const end of ['commit', 'abort', 'commit'] as const) {
      on.take(one.begin())
      expect(on.write(one, end, 1)).toBe('done')
      expect(on.take(one[end]())).toBe('done')
    }
    expect(on.visible(1)).toEqual(['commit', 'commit'])
  })

  it('waits at a commit for the records before it, and accepts no more', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    const before = on.send(one, 'a')
    const committed = on.begin(one.commit())
    const after = on.send(one, 'b')
    const again = on.begin(one.commit())
    on.clock.advance(5_000)
    expect([before(), committed()]).toEqual(['done', 'done'])
    expect(after()).toMatchObject({ _tag: 'UsageFault' })
    expect(again()).toMatchObject({ _tag: 'UsageFault' })
    expect(on.visible()).toEqual(['a'])
  })

  it('begins the next within the answer of the former', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    let next: () => Outcome = () => undefined
    one.commit().subscribe(() => {
      next = on.begin(one.begin())
    })
    on.clock.advance(5_000)
    expect(next()).toBe('done')
  })

  it('sends no request if nothing was written', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    expect(on.take(one.commit())).toBe('done')
    on.take(one.begin())
    expect(on.take(one.abort())).toBe('done')
    expect(on.sent).toEqual(['initProducerId'])
  })

  it('keeps records in flight at an abort out of the next transaction', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.model.failNext('Produce', 'answer lost', 1)
    const late = on.send(one, 'b')
    on.clock.advance(6)
    expect(on.take(one.abort())).toBe('done')
    expect(late()).toMatchObject({ _tag: 'UsageFault' })
    on.take(one.begin())
    expect(on.write(one, 'c')).toBe('done')
    expect(on.take(one.commit())).toBe('done')
    expect(on.visible()).toEqual(['c'])
  })

  it('a record that the broker refuses aborts it: the others fail too, and the next transaction works', () => {
    const on = new Transacting({ version })
    on.model.createTopic('c', 1, { 'cleanup.policy': 'compact' })
    const one = on.session()
    on.take(one.begin())
    const told: Outcome[] = []
    const give = (index: number, key: string | null): void => {
      const callbacks = {
        written: () => (told[index] = 'done'),
        failed: (_: number, fault: Fault) => (told[index] = fault)
      }
      one.send({ topic: 'c', key, value: String(index), headers: [] }, callbacks, index)
    }
    give(0, 'k')
    give(1, null)
    give(2, 'k')
    on.clock.advance(5_000)
    give(3, 'k')
    const refused = {
      _tag: 'ProduceFault',
      trouble: 'refused',
      permanent: true,
      reason: expect.stringContaining('INVALID_RECORD') as string
    }
    expect(on.take(one.commit())).toMatchObject(refused)
    const along = { permanent: false, maybeWritten: false }
    const late = { _tag: 'UsageFault', reason: expect.stringContaining('INVALID_RECORD') as string }
    expect(told).toMatchObject([along, refused, along, late])
    expect(on.take(one.abort())).toBe('done')
    expect(on.model.log({ topic: 'c', partition: 0 })?.records()).toEqual([])
    expect(whole(on, one, 'a', 1n)).toEqual(allDone)
  })

  it('a record that fails late is not the next transaction’s', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    const late = on.send(one, 'x'.repeat(2_000_000))
    const aborted = on.begin(one.abort())
    on.take(one.begin(), 0)
    expect([aborted(), late()]).toMatchObject(['done', { _tag: 'ProduceFault' }])
    expect(on.write(one, 'a')).toBe('done')
    expect(on.take(one.commit())).toBe('done')
  })

  it('whoever begins with the same id fences the former, for good', () => {
    const on = new Transacting({ version })
    const former = on.session()
    on.take(former.begin())
    on.write(former, 'a')
    const later = on.session()
    expect(whole(on, later, 'b', 3n)).toEqual(allDone)
    const fenced = { _tag: 'FencedFault', what: 'transactional.id', id: 'id' }
    expect(on.take(former.commit())).toEqual(fenced)
    expect(on.take(former.abort())).toEqual(fenced)
    expect(on.write(former, 'c')).toEqual(fenced)
    expect(on.visible()).toEqual(['b'])
  })

  describe.each(apis)('%s', (api) => {
    it.each(['disconnect', 'answer lost'] as const)('%s: is sent again, with nothing written twice', (fault) => {
      const on = new Transacting({ version })
      const one = on.session()
      expect(whole(on, one, 'a', 1n)).toEqual(allDone)
      on.model.failNext(api, fault, 2)
      expect(whole(on, one, 'b', 2n)).toEqual(allDone)
      on.model.failNext(api, fault, 2)
      on.take(one.begin())
      on.write(one, 'c')
      expect(on.take(one.abort())).toBe('done')
      expect(whole(on, one, 'd', 4n)).toEqual(allDone)
      expect([on.visible(), on.stored()]).toEqual([['a', 'b', 'd'], 4n])
    })
  })

  // DESIGN.md has this table.
  const passing = [
    'COORDINATOR_LOAD_IN_PROGRESS',
    'COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR',
    'CONCURRENT_TRANSACTIONS',
    'REQUEST_TIMED_OUT',
    'NETWORK_EXCEPTION',
    'UNKNOWN_TOPIC_OR_PARTITION'
  ] as const
  const broken = {
    TRANSACTION_ABORTABLE: { _tag: 'BrokerFault', name: 'TRANSACTION_ABORTABLE' },
    OPERATION_NOT_ATTEMPTED: { _tag: 'BrokerFault', name: 'OPERATION_NOT_ATTEMPTED' },
    GROUP_AUTHORIZATION_FAILED: { _tag: 'AuthorizationFault', resource: 'group' },
    TOPIC_AUTHORIZATION_FAILED: { _tag: 'AuthorizationFault', resource: 'topic' },
    ILLEGAL_GENERATION: { _tag: 'MembershipLostFault', reason: 'generation over' },
    REBALANCE_IN_PROGRESS: { _tag: 'MembershipLostFault', reason: 'generation over' },
    UNKNOWN_MEMBER_ID: { _tag: 'MembershipLostFault', reason: 'unknown member' },
    FENCED_INSTANCE_ID: { _tag: 'FencedFault', what: 'group.instance.id' },
    INVALID_TXN_STATE: { _tag: 'BrokerFault', name: 'INVALID_TXN_STATE' },
    INVALID_PRODUCER_ID_MAPPING: { _tag: 'BrokerFault', name: 'INVALID_PRODUCER_ID_MAPPING' },
    UNKNOWN_SERVER_ERROR: { _tag: 'BrokerFault', name: 'UNKNOWN_SERVER_ERROR' }
  } as const
  const fatal = {
    INVALID_PRODUCER_EPOCH: { _tag: 'FencedFault', id: 'id' },
    PRODUCER_FENCED: { _tag: 'FencedFault', id: 'id' },
    TRANSACTION_COORDINATOR_FENCED: { _tag: 'FencedFault', id: 'id' },
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { _tag: 'AuthorizationFault', resource: 'transactional.id', name: 'id' },
    CLUSTER_AUTHORIZATION_FAILED: { _tag: 'AuthorizationFault', resource: 'cluster' },
    INVALID_TRANSACTION_TIMEOUT: { _tag: 'BrokerFault', name: 'INVALID_TRANSACTION_TIMEOUT' },
    UNSUPPORTED_VERSION: { _tag: 'BrokerFault', name: 'UNSUPPORTED_VERSION' }
  } as const

  describe.each(apis.filter((api) => api !== 'Produce'))('answers of %s', (api) => {
    it.each(passing)('%s: is sent again', (name) => {
      const on = new Transacting({ version })
      on.model.failNext(api, code[name], 3)
      expect(whole(on, on.session(), 'a', 1n)).toEqual(allDone)
      expect([on.visible(), on.stored()]).toEqual([['a'], 1n])
    })

    it.each(Object.entries(broken))('%s: the transaction can only be aborted; the next one succeeds', (name, fault) => {
      const on = new Transacting({ version })
      const one = on.session()
      on.model.failNext(api, code[name as keyof typeof broken], 1)
      const told = whole(on, one, 'a', 1n)
      if (api === 'AddPartitionsToTxn' || api === 'AddOffsetsToTxn' || api === 'TxnOffsetCommit') {
        expect(on.take(one.commit())).toMatchObject(fault)
        expect(on.write(one, 'b')).toMatchObject(fault)
      }
      expect(told.at(-1)).toMatchObject(fault)
      if (api !== 'InitProducerId') expect(on.take(one.abort())).toBe('done')
      expect(on.visible()).toEqual([])
      expect(whole(on, one, 'c', 2n)).toEqual(allDone)
      expect([on.visible(), on.stored()]).toEqual([['c'], 2n])
    })

    it.each(Object.entries(fatal))('%s: there is no other transaction', (name, fault) => {
      const on = new Transacting({ version })
      const one = on.session()
      on.model.failNext(api, code[name as keyof typeof fatal], 1)
      expect(whole(on, one, 'a', 1n).at(-1)).toMatchObject(fault)
      for (const step of [one.commit(), one.abort(), one.begin()]) expect(on.take(step)).not.toBe('done')
      expect(on.write(one, 'b')).not.toBe('done')
      expect(on.visible()).toEqual([])
    })
  })

  it.each([
    'TRANSACTION_ABORTABLE',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'UNKNOWN_PRODUCER_ID',
    'INVALID_TXN_STATE'
  ] as const)('Produce answered with %s: the transaction can only be aborted, and the next one succeeds', (name) => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.model.failNext('Produce', code[name], 1)
    const failed = { _tag: 'ProduceFault', reason: name }
    expect(on.write(one, 'b', 0, 1_000)).toMatchObject(failed)
    expect(on.take(one.commit())).toMatchObject(failed)
    expect(on.take(one.abort())).toBe('done')
    expect(whole(on, one, 'c', 1n)).toEqual(allDone)
    expect(on.visible()).toEqual(['c'])
  })

  it('an abort of a transaction that the coordinator has forgotten succeeds, under another epoch', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.model.failNext('EndTxn', code.INVALID_PRODUCER_ID_MAPPING, 1)
    expect(on.take(one.abort())).toBe('done')
    expect(whole(on, one, 'b', 1n)).toEqual(allDone)
    expect(on.sent.slice(on.sent.indexOf('endTxn') + 1)).toContain('initProducerId')
    expect(on.visible()).toEqual(['b'])
  })

  it('fails waiting records at once when the transaction can only be aborted', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.model.failNext('TxnOffsetCommit', code.ILLEGAL_GENERATION, 1)
    on.model.failNext('Produce', 'disconnect', 100)
    const waiting = on.send(one, 'a')
    expect(on.take(on.offsets(one, 1n), 1_000)).toMatchObject({ _tag: 'MembershipLostFault' })
    expect(waiting()).toMatchObject({ _tag: 'MembershipLostFault' })
    expect(on.take(one.commit(), 0)).toMatchObject({ _tag: 'MembershipLostFault' })
  })

  it('an abort of a transaction that never reached the coordinator succeeds', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.model.failNext(version === 1 ? 'AddPartitionsToTxn' : 'Produce', 'disconnect', 1)
    on.send(one, 'a')
    on.clock.advance(6)
    expect(on.take(one.abort())).toBe('done')
    expect(whole(on, one, 'b', 1n)).toEqual(allDone)
    expect(on.visible()).toEqual(['b'])
  })

  it('an abort after an unfinished commit does not report the transaction as aborted', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.model.failNext('EndTxn', 'answer lost', 1)
    const commit = one.commit().subscribe()
    on.clock.advance(6)
    commit.unsubscribe()
    expect(on.take(one.abort())).toMatchObject({ name: 'INVALID_TXN_STATE' })
    expect(on.visible()).toEqual(['a'])
  })

  it('waits for the end of the former transaction for a shorter time than for a broken connection', () => {
    const on = new Transacting({ version })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.model.failNext('EndTxn', code.CONCURRENT_TRANSACTIONS, 1)
    expect(on.take(one.commit(), 2)).toBe('done')
    on.take(one.begin())
    on.write(one, 'b')
    on.model.failNext('EndTxn', code.NOT_COORDINATOR, 1)
    expect(on.take(one.commit(), 20)).toBeUndefined()
    on.clock.advance(5_000)
    expect(on.visible()).toEqual(['a', 'b'])
  })
})

describe('transactions', () => {
  it('each end returns the epoch of the next, by version 2', () => {
    const on = new Transacting({ version: 2 })
    const one = on.session()
    whole(on, one, 'a', 1n)
    on.take(one.begin())
    on.write(one, 'b')
    on.take(one.abort())
    whole(on, one, 'c', 2n)
    expect(on.sent).toEqual(['initProducerId', 'txnOffsetCommit', 'endTxn', 'endTxn', 'txnOffsetCommit', 'endTxn'])
  })

  it('partitions and groups are added once per transaction, and an epoch is requested after an abort, by version 1', () => {
    const on = new Transacting({ version: 1 })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    on.write(one, 'b')
    on.take(on.offsets(one, 1n))
    on.take(on.offsets(one, 2n))
    on.take(one.abort())
    on.take(one.begin())
    expect(on.sent).toEqual([
      'initProducerId',
      'addPartitionsToTxn',
      'addOffsetsToTxn',
      'txnOffsetCommit',
      'txnOffsetCommit',
      'endTxn',
      'initProducerId'
    ])
  })

  it('impossible offsets are not sent, and the transaction continues', () => {
    const on = new Transacting({ version: 2 })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a')
    expect(on.take(on.offsets(one, -1n))).toMatchObject({
      _tag: 'ConfigFault',
      problems: [{ property: 'sendOffsets: offsets[0].offset' }]
    })
    expect(on.sent).toEqual(['initProducerId'])
    expect(on.take(on.offsets(one, 1n))).toBe('done')
    expect(on.take(one.commit())).toBe('done')
    expect(on.visible()).toEqual(['a'])
  })

  it('the cluster’s transaction version is requested until it is answered, and then used', () => {
    const on = new Transacting()
    on.model.failNext('ApiVersions', 'disconnect', 2)
    whole(on, on.session(), 'a', 1n)
    expect(on.sent).toEqual(['initProducerId', 'txnOffsetCommit', 'endTxn'])
  })

  it('one that has timed out can be aborted, by version 2', () => {
    const on = new Transacting({ version: 2, transactionTimeoutMs: 10_000 })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a', 0, 11_000)
    expect(on.take(one.commit())).toMatchObject({ _tag: 'BrokerFault', name: 'INVALID_TXN_STATE' })
    expect(on.take(one.abort())).toBe('done')
    on.take(one.begin())
    on.write(one, 'b', 0, 1_000)
    expect(on.take(one.commit())).toBe('done')
    expect(on.visible()).toEqual(['b'])
  })

  it('one that has timed out has fenced its producer, by version 1', () => {
    const on = new Transacting({ version: 1, transactionTimeoutMs: 10_000 })
    const one = on.session()
    on.take(one.begin())
    on.write(one, 'a', 0, 11_000)
    expect(on.take(one.commit())).toMatchObject({ _tag: 'FencedFault' })
    expect(on.visible()).toEqual([])
  })
})
