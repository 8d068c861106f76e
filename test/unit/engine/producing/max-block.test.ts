import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import type { ProducerEvent } from '../../../../src/index.js'
import type { ProducerProperties } from '../../../../src/config/producer-config.js'
import { Producing } from '../../../support/producing.js'

const missing = { _tag: 'UnknownTopicFault', topic: 'new' }

type Waited = Extract<ProducerEvent, { readonly _tag: `waiting for ${string}` }>
interface Said {
  /** with the time at which it was said */
  readonly said: (readonly [number, Waited])[]
  readonly over: ProducerEvent[]
}

const isWait = (event: ProducerEvent): event is Waited => event._tag.startsWith('waiting for ')

/** A producer, what it has said of waits, and which of them are over. */
const waiting = (properties: ProducerProperties = {}): Producing & Said => {
  const on = new Producing(1, properties)
  const told: Said = { said: [], over: [] }
  on.session.events.subscribe((event) => {
    if (isWait(event)) told.said.push([on.clock.now(), event])
    else if (event._tag === 'recovered' && event.from.startsWith('waiting')) told.over.push(event)
  })
  return Object.assign(on, told)
}

describe('a topic that does not exist', () => {
  it('takes what was written to it before it was made, and that it is waited for is told', () => {
    const on = waiting()
    for (let record = 0; record < 3; record++) on.send({ topic: 'new' })
    on.clock.advance(800)
    expect(on.told).toEqual([[], [], []])
    on.cluster.createTopic('new', 1)
    on.clock.advance(1_500)
    expect(on.told).toEqual([['new/0@0'], ['new/0@1'], ['new/0@2']])
    expect(on.said).toMatchObject([
      [0, { _tag: 'waiting for topic', topic: 'new', fault: missing, forMs: 0, atMostMs: 60_000 }]
    ])
    expect(on.over).toMatchObject([{ from: 'waiting for topic', what: 'new' }])
  })

  it('fails its records after max.block.ms, 60 s by default; until then the wait is reported every ten seconds', () => {
    const on = waiting()
    on.send({ topic: 'new' })
    on.clock.advance(59_999)
    expect(on.told).toEqual([[]])
    on.clock.advance(1)
    const fault = {
      _tag: 'ProduceFault',
      topic: 'new',
      trouble: 'unknown topic',
      permanent: true,
      maybeWritten: false,
      reason: 'max.block.ms (60000) is over: the topic does not exist'
    }
    expect(on.told).toEqual([[fault]])
    expect(on.said.map(([, { forMs }]) => Math.floor(forMs / 10_000))).toEqual([0, 1, 2, 3, 4, 5])
    // Nobody waits for it: it is not asked for any more.
    on.clock.advance(1_000)
    expect(on.clock.pending).toBe(0)
    const short = waiting({ 'max.block.ms': 300 })
    short.send({ topic: 'new' })
    short.clock.advance(300)
    expect(short.told).toMatchObject([[{ reason: 'max.block.ms (300) is over: the topic does not exist' }]])
  })

  it('is waited for by each record for max.block.ms, and again by the next', () => {
    const on = waiting({ 'max.block.ms': 1_000 })
    on.send({ topic: 'new' })
    on.clock.advance(600)
    on.send({ topic: 'new' })
    on.clock.advance(400)
    expect(on.told).toMatchObject([[{ trouble: 'unknown topic' }], []])
    on.clock.advance(600)
    expect(on.told[1]).toMatchObject([{ trouble: 'unknown topic' }])
    on.clock.advance(60_000)
    on.send({ topic: 'new' })
    on.clock.advance(500)
    on.cluster.createTopic('new', 1)
    on.clock.advance(500)
    expect(on.told[2]).toEqual(['new/0@0'])
    expect(on.said.map(([at, { forMs }]) => [at, forMs])).toEqual([
      [0, 0],
      [61_600, 0]
    ])
  })

  it('does not delay other topics', () => {
    const on = waiting()
    on.send({ topic: 'new' })
    on.send()
    on.clock.advance(10)
    expect(on.told).toEqual([[], ['t/0@0']])
  })

  it('does not shorten the time for delivery, which begins with the batch', () => {
    const on = waiting({ 'delivery.timeout.ms': 31_000 })
    on.send({ topic: 'new' })
    on.clock.advance(50_000)
    on.cluster.createTopic('new', 1)
    on.cluster.failNext('Produce', code.NOT_ENOUGH_REPLICAS, 25)
    on.clock.advance(32_000)
    expect(on.told).toEqual([['new/0@0']])
  })

  it('that was deleted with batches in flight is waited for too', () => {
    const on = waiting()
    on.send()
    on.clock.advance(5)
    on.cluster.deleteTopic('t')
    on.send()
    on.clock.advance(30_000)
    on.cluster.createTopic('t', 1)
    on.clock.advance(2_000)
    expect(on.told[1]).toEqual(['t/0@0'])
    on.cluster.deleteTopic('t')
    on.send()
    on.clock.advance(63_000)
    expect(on.told[2]).toMatchObject([{ trouble: 'unknown topic', partition: 0, maybeWritten: false }])
  })

  it('is no longer waited for when the producer closes', () => {
    const on = waiting()
    let completed = false
    on.session.events.subscribe({ complete: () => (completed = true) })
    on.send({ topic: 'new' })
    on.clock.advance(100)
    on.session.close()
    expect(on.told).toMatchObject([[{ _tag: 'ClosedFault' }]])
    expect([completed, on.clock.pending]).toEqual([true, 0])
  })
})

describe('a cluster that returns no metadata of a topic', () => {
  it('is waited for as long, and the fault says what was wrong', () => {
    const on = waiting()
    on.cluster.failNext('Metadata', 'disconnect', 1_000)
    on.send()
    on.clock.advance(60_000)
    expect(on.told).toMatchObject([
      [
        {
          trouble: 'not reachable',
          permanent: false,
          reason: expect.stringMatching(
            /^max\.block\.ms \(60000\) is over, and nothing is known of the topic: memory cannot be reached/
          ) as string
        }
      ]
    ])
    expect(on.said).toHaveLength(6)
    expect(on.said[0]).toMatchObject([0, { _tag: 'waiting for topic', topic: 't', fault: { _tag: 'ConnectionFault' } }])
  })

  it('one whose leaders are being elected is waited for', () => {
    const on = waiting()
    on.cluster.failNext('Metadata', code.LEADER_NOT_AVAILABLE, 5)
    on.send()
    on.clock.advance(5_000)
    expect(on.told).toEqual([['t/0@0']])
  })
})

describe('a partition that the topic does not have', () => {
  it('gets the records that name it once it is added', () => {
    const on = waiting()
    on.send({ partition: 1 })
    on.send({ partition: 1 })
    on.send()
    on.clock.advance(5_000)
    expect(on.told).toEqual([[], [], ['t/0@0']])
    on.cluster.createTopic('t', 2)
    on.clock.advance(1_500)
    expect(on.told.slice(0, 2)).toEqual([['t/1@0'], ['t/1@1']])
    expect(on.said.map(([, event]) => event)).toEqual([
      { _tag: 'waiting for partition', topic: 't', partition: 1, partitions: 1, forMs: 0, atMostMs: 60_000 }
    ])
  })

  it('fails its records after max.block.ms', () => {
    const on = waiting()
    on.send({ partition: 1 })
    on.clock.advance(60_000)
    expect(on.told).toMatchObject([
      [
        {
          trouble: 'unknown partition',
          permanent: true,
          reason: 'max.block.ms (60000) is over: there is no partition 1, the topic has 1'
        }
      ]
    ])
  })
})

describe('memory that is used up', () => {
  const small = { 'buffer.memory': 300, 'batch.size': 300, 'linger.ms': 0 } as const

  it('is waited for until some becomes free, for max.block.ms at most; after ten seconds the wait is reported', () => {
    const on = waiting(small)
    on.cluster.failNext('Produce', 'disconnect', 1_000)
    for (let record = 0; record < 50; record++) on.send()
    on.clock.advance(59_999)
    expect(on.told.flat()).toEqual([])
    on.clock.advance(1)
    expect(on.told.at(-1)).toMatchObject([
      {
        trouble: 'buffer full',
        permanent: false,
        reason: 'max.block.ms (60000) is over: buffer.memory (300 bytes) is used up'
      }
    ])
    expect(on.said.map(([at, event]) => [at, event._tag, event.forMs])).toEqual(
      [10_000, 20_000, 30_000, 40_000, 50_000].map((at) => [at, 'waiting for memory', at])
    )
  })

  it('may take longer in total, as long as one record after another proceeds', () => {
    const on = waiting({ ...small, 'retry.backoff.ms': 40_000, 'retry.backoff.max.ms': 40_000 })
    const offsets: bigint[] = []
    let failedAt = -1
    const fail = (): void => {
      if (failedAt === on.clock.now()) return
      failedAt = on.clock.now()
      on.cluster.failNext('Produce', code.NOT_ENOUGH_REPLICAS)
    }
    const callbacks = {
      written: (_index: number, _topic: string, _partition: number, offset: bigint) => {
        offsets.push(offset)
        fail()
      },
      failed: () => undefined
    }
    fail()
    for (let record = 0; record < 50; record++)
      on.session.send({ topic: 't', partition: 0, key: null, value: 'x'.repeat(50), headers: [] }, callbacks, record)
    on.clock.advance(120_000)
    expect(offsets.length).toBeLessThan(40)
    on.clock.advance(900_000)
    expect(offsets).toEqual(Array.from({ length: 50 }, (_, offset) => BigInt(offset)))
  })
})
