import { describe, expect, it } from 'vitest'
import { errorCode as code, errorName } from '../../../../src/core/protocol/error-code.js'
import { produceCodes, produceVerdict } from '../../../../src/core/producing/produce-verdict.js'
import type { ProducerProperties } from '../../../../src/index.js'
import { Producing } from '../../../support/producing.js'

const afterwards = 200_000

const refusing = (): never => {
  throw new Error('no idea')
}

describe('a producer', () => {
  it('writes in the order of the calls, and reports the offsets on a later turn', () => {
    const on = new Producing(2)
    on.send({ partition: 1 })
    on.send({ partition: 1, timestamp: 9 })
    on.send({ partition: 0 })
    expect(on.told).toEqual([[], [], []])
    on.clock.advance(5)
    expect(on.told).toEqual([['t/1@0'], ['t/1@1'], ['t/0@0']])
    expect(on.cluster.records({ topic: 't', partition: 1 }).map(({ timestamp }) => timestamp)).toEqual([0, 9])
  })

  it('waits linger.ms for more, and not at all once a batch is full', () => {
    const on = new Producing(1, { 'linger.ms': 50, 'batch.size': 200 })
    on.send()
    on.clock.advance(49)
    expect(on.log()).toEqual([])
    on.clock.advance(1)
    expect(on.log()).toEqual(['0'])
    for (let record = 0; record < 20; record++) on.send()
    on.clock.advance(1)
    expect(on.log()).toHaveLength(21)
  })

  it('writes keys, headers, timestamps and tombstones unchanged', () => {
    const on = new Producing(1)
    on.send({
      key: 'schlüssel',
      value: null,
      timestamp: 7,
      headers: [
        { name: 'ä', value: new Uint8Array([0, 255]) },
        { name: 'ä', value: null }
      ]
    })
    on.clock.advance(5)
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
    expect(on.cluster.records({ topic: 't', partition: 0 })).toMatchObject([
      {
        key: bytes('schlüssel'),
        value: null,
        timestamp: 7,
        headers: [
          { name: 'ä', value: new Uint8Array([0, 255]) },
          { name: 'ä', value: null }
        ]
      }
    ])
  })

  it('returns no offset with acks 0', () => {
    const on = new Producing(1, { acks: 0 })
    on.send()
    on.clock.advance(5)
    expect(on.told).toEqual([['t/0@-1']])
    expect(on.log()).toEqual(['0'])
  })

  describe('idempotence', () => {
    it('writes once what was written and not answered', () => {
      const on = new Producing(1)
      on.cluster.failNext('Produce', 'answer lost', 3)
      on.send()
      on.clock.advance(5)
      on.send()
      on.clock.advance(afterwards)
      expect(on.told).toEqual([['t/0@0'], ['t/0@1']])
      expect(on.log()).toEqual(['0', '1'])
    })

    it('without it, an unanswered record is written twice', () => {
      const on = new Producing(1, { 'enable.idempotence': false })
      on.cluster.failNext('Produce', 'answer lost')
      on.send()
      on.clock.advance(afterwards)
      expect(on.told).toEqual([['t/0@1']])
      expect(on.log()).toEqual(['0', '0'])
    })

    it('says of a failed record whether it may be in the log', () => {
      const on = new Producing(1, { 'delivery.timeout.ms': 31_000 })
      on.cluster.failNext('Produce', 'answer lost', 1_000)
      on.send()
      on.clock.advance(31_000)
      expect(on.told[0]).toMatchObject([{ _tag: 'ProduceFault', maybeWritten: true, permanent: false }])
      const refused = new Producing(1, { 'delivery.timeout.ms': 31_000 })
      refused.cluster.failNext('Produce', code.NOT_ENOUGH_REPLICAS, 1_000)
      refused.send()
      refused.clock.advance(31_000)
      expect(refused.told[0]).toMatchObject([
        { trouble: 'not enough replicas', reason: expect.stringContaining('NOT_ENOUGH_REPLICAS'), maybeWritten: false }
      ])
    })

    it('continues under a new epoch after a failed record, with nothing written twice', () => {
      const on = new Producing(1, { 'delivery.timeout.ms': 31_000 })
      on.send()
      on.clock.advance(5)
      on.cluster.failNext('Produce', 'disconnect', 1_000)
      on.send()
      on.clock.advance(31_005)
      on.cluster.failNext('Produce', 0, 0)
      // What was asked to fail, and was not, is used up.
      while (on.told.length < 40) {
        on.send()
        on.clock.advance(35_000)
      }
      const written = on.told.filter(([told]) => typeof told === 'string').length
      expect(on.log().length).toBe(written)
      expect(written).toBeGreaterThan(1)
    })
  })

  // DESIGN.md has this table.
  describe('answers of Produce', () => {
    it.each(produceCodes.map((given) => ({ given, name: errorName(given) })))('$name', ({ given }) => {
      const on = new Producing(1)
      on.send()
      on.clock.advance(5)
      on.cluster.failNext('Produce', given)
      on.send()
      on.clock.advance(afterwards)
      const [told] = on.told[1] ?? []
      const verdict = produceVerdict(given)
      expect(on.told[1]).toHaveLength(1)
      switch (verdict._tag) {
        case 'written':
          // Nobody wrote it: the broker was made to say so.
          expect(told).toBe(given === code.NONE ? 't/0@-1' : 't/0@-1')
          break
        case 'retry':
        case 'out of sequence':
        case 'forgotten':
          expect(told).toBe('t/0@1')
          break
        case 'too large':
          expect(told).toMatchObject({ _tag: 'ProduceFault', trouble: 'record too large', permanent: true })
          break
        case 'not authorised':
          expect(told).toEqual({ _tag: 'AuthorizationFault', resource: verdict.resource, name: 't' })
          break
        case 'invalid record':
          expect(told).toMatchObject({
            trouble: 'refused',
            reason: errorName(given),
            permanent: true,
            maybeWritten: false
          })
          break
        case 'refused':
          expect(told).toMatchObject({ trouble: verdict.trouble, permanent: verdict.permanent, partition: 0 })
      }
      // Whatever it was: what comes after it is written.
      on.send()
      on.clock.advance(afterwards)
      expect(on.told[2]).toHaveLength(1)
      expect(on.log().at(-1)).toBe('2')
    })

    it('an unknown code is a fault that leaves open whether the record was written', () => {
      const on = new Producing(1)
      on.cluster.failNext('Produce', 999)
      on.send()
      on.clock.advance(afterwards)
      expect(on.told[0]).toMatchObject([{ _tag: 'ProduceFault', reason: 'code 999', maybeWritten: true }])
    })

    it('a batch that is too large is split, and only a record that is too large itself fails', () => {
      const on = new Producing(1)
      on.cluster.failNext('Produce', code.MESSAGE_TOO_LARGE, 3)
      for (let record = 0; record < 4; record++) on.send()
      on.clock.advance(afterwards)
      expect(on.told[0]).toMatchObject([{ trouble: 'record too large' }])
      expect(on.told.slice(1)).toEqual([['t/0@0'], ['t/0@1'], ['t/0@2']])
      expect(on.log()).toEqual(['1', '2', '3'])
    })
  })

  describe('a record that the broker refuses', () => {
    const compacted = (properties: ProducerProperties = {}): Producing => {
      const on = new Producing(1, properties)
      on.cluster.createTopic('c', 1, { 'cleanup.policy': 'compact' })
      return on
    }
    const values = (on: Producing): readonly string[] =>
      on.cluster.records({ topic: 'c', partition: 0 }).map(({ value }) => new TextDecoder().decode(value ?? undefined))
    const refused = { _tag: 'ProduceFault', trouble: 'refused', permanent: true, maybeWritten: false, partition: 0 }

    it('fails alone, with the broker’s reason; the others of its batch are written once, in order', () => {
      const on = compacted()
      for (let record = 0; record < 20; record++) on.send({ topic: 'c', key: record === 7 ? null : 'k' })
      on.clock.advance(afterwards)
      const reason = 'INVALID_RECORD: Compacted topic cannot accept message without key in topic partition c-0'
      expect(on.told[7]).toMatchObject([{ ...refused, reason }])
      const written = Array.from({ length: 20 }, (_, record) => String(record)).filter((record) => record !== '7')
      expect(values(on)).toEqual(written)
      expect(on.told.filter((_, record) => record !== 7)).toEqual(written.map((_, offset) => [`c/0@${String(offset)}`]))
    })

    it('is each of several: as INVALID_RECORD, since of the code of a batch nobody knows whom it is meant for', () => {
      const on = new Producing(1)
      on.cluster.createTopic('c', 1, { 'cleanup.policy': 'compact', 'message.timestamp.after.max.ms': '10' })
      on.send({ topic: 'c', key: null })
      on.send({ topic: 'c', key: 'k' })
      on.send({ topic: 'c', key: 'k', timestamp: 99_999 })
      on.clock.advance(afterwards)
      expect(on.told[0]).toMatchObject([{ ...refused, reason: expect.stringContaining('INVALID_RECORD: Compacted') }])
      expect(on.told[1]).toEqual(['c/0@0'])
      expect(on.told[2]).toMatchObject([
        { ...refused, reason: expect.stringContaining('INVALID_RECORD: Timestamp 99999') }
      ])
    })

    it('may be every record of a batch, and later records are written', () => {
      const on = compacted()
      for (let record = 0; record < 3; record++) on.send({ topic: 'c' })
      on.clock.advance(5)
      on.send({ topic: 'c', key: 'k' })
      on.clock.advance(afterwards)
      expect(on.told.slice(0, 3)).toMatchObject([[refused], [refused], [refused]])
      expect(values(on)).toEqual(['3'])
    })

    it.each([true, false])(
      'may be in one of many batches in flight; no record is lost, repeated or overtaken (idempotence %s)',
      (idempotent) => {
        const on = compacted({ 'batch.size': 200, 'linger.ms': 0, 'enable.idempotence': idempotent })
        const written: string[] = []
        for (let record = 0; record < 300; record++) {
          const isBad = record % 23 === 11
          if (!isBad) written.push(String(record))
          on.send({ topic: 'c', key: isBad ? null : 'k' })
          if (record % 10 === 9) on.clock.advance(0)
        }
        on.clock.advance(afterwards)
        expect(values(on)).toEqual(written)
        expect(on.told.every((told) => told.length === 1)).toBe(true)
        expect(on.told.filter(([told]) => typeof told !== 'string')).toHaveLength(300 - written.length)
      }
    )

    it('is found by halving if the broker names none', () => {
      const on = new Producing(1)
      // Twenty records in one batch, then ten, five, three and two of them, then the first alone.
      on.cluster.failNext('Produce', code.INVALID_RECORD, 6)
      for (let record = 0; record < 20; record++) on.send()
      on.clock.advance(afterwards)
      expect(on.told[0]).toMatchObject([{ ...refused, reason: 'INVALID_RECORD' }])
      expect(on.log()).toEqual(Array.from({ length: 19 }, (_, record) => String(record + 1)))
    })

    it('does not affect the others though an earlier attempt at the batch was not answered', () => {
      const on = compacted()
      on.cluster.failNext('Produce', 'disconnect', 2)
      for (let record = 0; record < 5; record++) on.send({ topic: 'c', key: record === 2 ? null : 'k' })
      on.clock.advance(afterwards)
      expect(on.told[2]).toMatchObject([{ trouble: 'refused', permanent: true }])
      expect(values(on)).toEqual(['0', '1', '3', '4'])
      expect(on.told.every(([told], record) => (typeof told === 'string') === (record !== 2))).toBe(true)
    })
  })

  describe('answers of InitProducerId', () => {
    it.each(
      [
        code.COORDINATOR_LOAD_IN_PROGRESS,
        code.COORDINATOR_NOT_AVAILABLE,
        code.NOT_COORDINATOR,
        code.REQUEST_TIMED_OUT,
        code.CONCURRENT_TRANSACTIONS,
        code.NETWORK_EXCEPTION
      ].map((given) => ({ given, name: errorName(given) }))
    )('$name is sent again', ({ given }) => {
      // prettier-ignore
      const on = new Producing(1)
      on.cluster.failNext('InitProducerId', given, 3)
      on.send()
      on.clock.advance(afterwards)
      expect(on.told).toEqual([['t/0@0']])
    })

    it('a broken connection is made again', () => {
      const on = new Producing(1)
      on.cluster.failNext('InitProducerId', 'disconnect', 3)
      on.send()
      on.clock.advance(afterwards)
      expect(on.told).toEqual([['t/0@0']])
    })

    it('a missing ACL and an unknown code fail the waiting records; the next record sends the request again', () => {
      const on = new Producing(1)
      on.cluster.failNext('InitProducerId', code.CLUSTER_AUTHORIZATION_FAILED)
      on.send()
      on.clock.advance(10)
      on.cluster.failNext('InitProducerId', 999)
      on.send()
      on.clock.advance(10)
      on.send()
      on.clock.advance(10)
      expect(on.told).toEqual([
        [{ _tag: 'AuthorizationFault', resource: 'cluster', name: 'IdempotentWrite' }],
        [{ _tag: 'BrokerFault', api: 'InitProducerId', code: 999, name: 'code 999' }],
        ['t/0@0']
      ])
    })
  })

  describe('records that cannot be written', () => {
    it.each([
      { what: 'an unknown topic', record: { topic: 'u' }, trouble: 'unknown topic' },
      { what: 'an unknown partition', record: { partition: 2 }, trouble: 'unknown partition' },
      { what: 'a negative partition', record: { partition: -1 }, trouble: 'unknown partition' },
      { what: 'a record that is too large', record: { value: 'x'.repeat(100) }, trouble: 'record too large' },
      { what: 'a time that is no whole number', record: { timestamp: 1.5 }, trouble: 'refused' }
    ])('$what is refused permanently, and alone', ({ record, trouble }) => {
      const on = new Producing(2, { 'max.request.size': 100, 'max.block.ms': 10 })
      on.send()
      on.send(record)
      on.send()
      expect(on.told).toEqual([[], [], []])
      on.clock.advance(20)
      expect(on.told[1]).toMatchObject([{ _tag: 'ProduceFault', trouble, permanent: true, maybeWritten: false }])
      expect(on.log()).toEqual(['0', '2'])
    })

    it('a topic that may not be written to', () => {
      const on = new Producing(1)
      on.cluster.failNext('Metadata', code.TOPIC_AUTHORIZATION_FAILED)
      on.send()
      on.clock.advance(5)
      expect(on.told).toEqual([[{ _tag: 'AuthorizationFault', resource: 'topic', name: 't' }]])
    })

    it('a topic that was deleted meanwhile', () => {
      const on = new Producing(1)
      on.send()
      on.clock.advance(5)
      on.cluster.deleteTopic('t')
      on.send()
      on.clock.advance(afterwards)
      expect(on.told[1]).toMatchObject([{ trouble: 'unknown topic' }])
    })
  })

  describe('partitions', () => {
    it('are chosen by a given function, which gets the number of partitions', () => {
      const seen: unknown[] = []
      const on = new Producing(3, { partitioner: (choice) => (seen.push(choice), 2) })
      on.session.send(
        { topic: 't', key: 'k', value: 'v', headers: [] },
        { written: () => undefined, failed: () => undefined },
        0
      )
      on.clock.advance(5)
      expect(on.log(2)).toEqual(['v'])
      const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
      expect(seen).toEqual([{ topic: 't', key: bytes('k'), value: bytes('v'), partitions: 3, available: [0, 1, 2] }])
    })

    it.each([
      ['throws', refusing, 'the partitioner threw: no idea'],
      ['names one that there is not', () => 3, 'there is no partition 3, the topic has 3'],
      ['names no number', () => Promise.resolve(1) as never, 'there is no partition {}, the topic has 3']
    ])('are not chosen by a function that %s: its record fails alone', (_what, choose, reason) => {
      const on = new Producing(3, { partitioner: ({ key }) => (key === null ? choose() : 0) })
      const chosen = { partition: undefined } as never
      on.send(chosen)
      on.send({ ...(chosen as object), key: 'k' })
      on.clock.advance(5)
      expect(on.told).toEqual([[expect.objectContaining({ trouble: 'unknown partition', reason })], ['t/0@0']])
    })

    it('that were added are seen after metadata.max.age.ms', () => {
      const on = new Producing(1, { 'metadata.max.age.ms': 1_000 })
      on.send()
      on.clock.advance(5)
      on.cluster.createTopic('t', 2)
      on.clock.advance(1_000)
      on.send()
      on.clock.advance(5)
      on.send({ partition: 1 })
      on.clock.advance(5)
      expect(on.told[2]).toEqual(['t/1@0'])
    })
  })

  describe('memory', () => {
    it('holds batches of at most buffer.memory; other records wait, and are then batched in order', () => {
      const on = new Producing(1, { 'buffer.memory': 1_000, 'batch.size': 300, 'linger.ms': 0 })
      on.cluster.failNext('Produce', 'disconnect', 20)
      for (let record = 0; record < 500; record++) on.send()
      on.clock.advance(1_000)
      expect(on.log()).toEqual([])
      on.clock.advance(afterwards)
      expect(on.log()).toEqual(Array.from({ length: 500 }, (_, number) => String(number)))
      expect(on.told.every((told) => told.length === 1)).toBe(true)
    })
  })

  describe('flush and close', () => {
    it('a flush sends without lingering, and waits for the records before it only', () => {
      const on = new Producing(1, { 'linger.ms': 1_000 })
      on.send()
      on.flush()
      on.send()
      expect(on.flushed).toBe(0)
      on.clock.advance(1)
      expect(on.told).toEqual([['t/0@0'], []])
      expect(on.flushed).toBe(1)
      on.clock.advance(1_000)
      expect(on.told[1]).toEqual(['t/0@1'])
    })

    it('close() ends at once: unconfirmed records fail, and nothing is left behind', () => {
      const on = new Producing(1, { 'linger.ms': 1_000 })
      on.send()
      on.clock.advance(1)
      on.session.close()
      on.send()
      on.session.close()
      on.clock.advance(1)
      const closed = [{ _tag: 'ClosedFault', what: 'the producer' }]
      expect(on.told).toEqual([closed, closed])
      expect(on.clock.pending).toBe(0)
    })

    it('close() does not wait for the answer to a request in flight', () => {
      const on = new Producing(1, { 'linger.ms': 0 })
      on.send()
      on.flush()
      on.clock.advance(0)
      on.send()
      on.session.close()
      on.clock.advance(1)
      expect(on.told).toMatchObject([['t/0@0'], [{ _tag: 'ClosedFault' }]])
      expect(on.flushed).toBe(1)
      expect(on.clock.pending).toBe(0)
    })
  })
})
