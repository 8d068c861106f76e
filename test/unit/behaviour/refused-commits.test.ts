import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { assign, atMostOnce, commit, type ConsumerRecord, eachPartition, handle } from '../../../src/index.js'
import { acknowledge, manual, numberOf, parallel } from '../../support/handlers.js'
import { outcomeOf } from '../../support/life-cycles.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { upTo } from '../../support/witness.js'

/** Kafka's codes, by what they say of a commit. */
const unknownTopic = 3
const illegalGeneration = 22
const unknownMember = 25
const topicAuthorization = 29
const fencedInstance = 82

const tags = ({ commits }: Rig): readonly string[] => commits.map(({ _tag }) => _tag)

describe('a commit that is refused once', () => {
  it('by a coordinator that does not know the topic yet, is sent again', () => {
    const made = rig(1, { 'enable.auto.commit': false }, 3)
    made.cluster.failNext('OffsetCommit', unknownTopic)
    made.orders.pipe(eachPartition((p) => p.pipe(commit({ every: 3, withinMs: 10_000_000 })))).subscribe()
    made.clock.advance(1_000)
    expect([tags(made), made.committed()]).toEqual([['retrying', 'stored'], [3n]])
  })

  it.each([topicAuthorization, unknownTopic, illegalGeneration])(
    'with code %i, is due again within the requested time, though no record follows',
    (code) => {
      const made = rig(1, { 'enable.auto.commit': false }, 3)
      made.cluster.failNext('OffsetCommit', code)
      made.orders.pipe(eachPartition((p) => p.pipe(commit({ every: 3, withinMs: 700 })))).subscribe()
      made.clock.advance(30_000)
      expect(made.committed()).toEqual([3n])
    }
  )

  it('is not due again without a trigger that may store it implicitly', () => {
    const made = rig(1, { 'enable.auto.commit': false }, 3)
    made.orders.pipe(mergeAll()).subscribe((record) => {
      acknowledge(record)
    })
    made.clock.advance(100)
    made.cluster.failNext('OffsetCommit', topicAuthorization)
    made.orders.commitAsync()
    made.clock.advance(60_000)
    expect([tags(made), made.committed()]).toEqual([['dropped'], [null]])
    made.orders.commitAsync()
    made.clock.advance(100)
    expect(made.committed()).toEqual([3n])
  })

  it('is stored by a drain that follows', async () => {
    const made = rig(1, { 'auto.commit.interval.ms': 1_000 }, 3)
    made.orders.pipe(mergeAll()).subscribe((record) => {
      acknowledge(record)
    })
    made.cluster.failNext('OffsetCommit', topicAuthorization)
    made.clock.advance(1_100)
    expect(tags(made)).toEqual(['dropped'])
    const drained = made.orders.drain()
    made.clock.advance(1_000)
    expect(await outcomeOf(drained)).toMatchObject({ outcome: 'drained', partitions: [{ committed: 3n, repeated: 0 }] })
    expect(made.committed()).toEqual([3n])
  })

  it.each([topicAuthorization, unknownTopic, illegalGeneration, unknownMember])(
    'with code %i, does not hold atMostOnce() for ever: what waits is passed on once it is stored',
    (code) => {
      const { clock, cluster, orders, committed } = rig(1, { 'enable.auto.commit': false }, 3)
      cluster.failNext('OffsetCommit', code)
      const passed: number[] = []
      orders
        .pipe(
          eachPartition((p) =>
            p.pipe(
              atMostOnce({ every: 3, withinMs: 50 }),
              handle((record) => {
                passed.push(numberOf(record))
              })
            )
          )
        )
        .subscribe()
      clock.advance(30_000)
      expect([passed, committed()]).toEqual([upTo(3), [3n]])
    }
  )

  it('is due no sooner than the backoff allows, whatever the interval', () => {
    const made = rig(1, { 'enable.auto.commit': false, 'retry.backoff.ms': 400, 'retry.backoff.max.ms': 400 }, 1)
    made.cluster.failNext('OffsetCommit', topicAuthorization, 1_000)
    made.orders.pipe(eachPartition((p) => p.pipe(commit({ withinMs: 0 })))).subscribe()
    made.clock.advance(4_000)
    expect(made.commits.length).toBeGreaterThan(5)
    expect(made.commits.length).toBeLessThan(25)
  })
})

describe('a commit that is refused while a cooperative member rejoins', () => {
  const quick = {
    'heartbeat.interval.ms': 100,
    'partition.assignment.strategy': ['cooperative-sticky'],
    'retry.backoff.ms': 50
  } as const

  /** A member that joins with its partition in hand, while the group waits for another one that hears of it late. */
  const rejoining = () => {
    const made = rig(2, { ...quick, 'enable.auto.commit': false }, 6)
    const work = manual()
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1, withinMs: 200 }))))
      .subscribe()
    made.clock.advance(1_000)
    const slow = made.member({ 'heartbeat.interval.ms': 3_000 })
    slow.pipe(eachPartition((p) => p.pipe(commit()))).subscribe()
    made.clock.advance(20_000)
    const third = made.member().subscribe()
    made.clock.advance(300)
    expect(made.cluster.describeGroup(group).state).toBe('PreparingRebalance')
    const [own] = made.orders.positions()
    return { ...made, work, third, own: own?.partition ?? -1 }
  }

  it.each([illegalGeneration, unknownMember])(
    'with code %i, is stored under the next generation: the partition is kept, and nothing is repeated',
    (code) => {
      const { clock, cluster, orders, work, third, own, committed, rebalances } = rejoining()
      const lostBefore = rebalances.filter(({ _tag }) => _tag === 'lost').length
      cluster.failNext('OffsetCommit', code)
      work.finish(own)
      clock.advance(200)
      third.unsubscribe()
      clock.advance(30_000)
      expect(committed()[own]).toBe(BigInt(1))
      expect(rebalances.filter(({ _tag }) => _tag === 'lost')).toHaveLength(lostBefore)
      expect(orders.positions()).toMatchObject([{ partition: own, committed: 1n }])
    }
  )
})

describe('commits that are dropped again and again', () => {
  it('end the consumer after commit.timeout.ms, as those that are tried again', () => {
    const made = rig(1, { 'commit.timeout.ms': 2_000, 'enable.auto.commit': false, 'drain.timeout.ms': 500 }, 3)
    const errors: unknown[] = []
    made.cluster.failNext('OffsetCommit', topicAuthorization, 100_000)
    made.orders
      .pipe(eachPartition((p) => p.pipe(commit({ every: 1, withinMs: 100 }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.clock.advance(1_900)
    expect(errors).toEqual([])
    made.clock.advance(3_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'CommitFault', fault: { _tag: 'AuthorizationFault' } } }])
  })

  it('end it also if each of them costs the member its partitions', () => {
    const made = rig(
      1,
      {
        'commit.timeout.ms': 20_000,
        'session.timeout.ms': 1_000,
        'heartbeat.interval.ms': 100,
        'drain.timeout.ms': 500,
        'auto.commit.interval.ms': 100
      },
      3
    )
    const errors: unknown[] = []
    made.cluster.failNext('OffsetCommit', illegalGeneration, 100_000)
    made.orders
      .pipe(mergeAll())
      .subscribe({ next: (record) => acknowledge(record), error: (error: unknown) => errors.push(error) })
    made.clock.advance(15_000)
    expect(errors).toEqual([])
    expect(made.rebalances.filter(({ _tag }) => _tag === 'lost').length).toBeGreaterThan(3)
    made.clock.advance(15_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'CommitFault', fault: { _tag: 'MembershipLostFault' } } }])
  })

  it('do not end it if they are rare: a partition that was released in between is counted anew', () => {
    const made = rig(
      1,
      {
        'commit.timeout.ms': 10_000,
        'session.timeout.ms': 1_000,
        'heartbeat.interval.ms': 100,
        'enable.auto.commit': false
      },
      1
    )
    const errors: unknown[] = []
    const records: ConsumerRecord[] = []
    made.orders
      .pipe(mergeAll())
      .subscribe({ next: (record) => records.push(record), error: (error: unknown) => errors.push(error) })
    for (let round = 0; round < 5; round++) {
      made.clock.advance(12_000)
      made.cluster.failNext('OffsetCommit', illegalGeneration)
      acknowledge(...records.splice(0))
      made.orders.commitAsync()
    }
    made.clock.advance(12_000)
    expect([errors, made.rebalances.filter(({ _tag }) => _tag === 'lost').length]).toEqual([[], 5])
  })

  it('are the reason shown for a partition that waits for them', () => {
    const made = rig(1, { 'enable.auto.commit': false, maxInFlight: 2 }, 5)
    made.cluster.failNext('OffsetCommit', topicAuthorization, 100)
    made.orders.pipe(eachPartition((p) => p.pipe(atMostOnce({ every: 2, withinMs: 100 })))).subscribe()
    made.clock.advance(1_000)
    expect(made.orders.positions()).toMatchObject([
      { standing: 'commit failing', fault: { _tag: 'AuthorizationFault' } }
    ])
  })
})

describe('the commit of a deleted topic', () => {
  it('is dropped: a drain does not wait for it until its deadline', async () => {
    const made = rig(1, { 'auto.commit.interval.ms': 10_000_000, 'metadata.max.age.ms': 200 }, 3)
    made.orders.pipe(mergeAll()).subscribe((record) => {
      acknowledge(record)
    })
    made.clock.advance(100)
    made.cluster.deleteTopic('orders')
    const drained = made.orders.drain()
    made.clock.advance(2_000)
    expect(await outcomeOf(drained)).toMatchObject({ partitions: [{ outcome: 'failed', committed: null }] })
    expect(made.commits.at(-1)).toMatchObject({ _tag: 'dropped', fault: { _tag: 'UnknownTopicFault' } })
  })

  it('does not end a consumer that also reads other topics', () => {
    const made = rig(
      1,
      {
        'commit.timeout.ms': 1_000,
        'auto.commit.interval.ms': 100,
        'metadata.max.age.ms': 200,
        subscription: assign([{ topic: 'orders', partition: 0, from: 'beginning' }])
      },
      3
    )
    const errors: unknown[] = []
    const records: ConsumerRecord[] = []
    made.orders
      .pipe(mergeAll())
      .subscribe({ next: (record) => records.push(record), error: (error: unknown) => errors.push(error) })
    made.clock.advance(50)
    made.cluster.deleteTopic('orders')
    acknowledge(...records)
    made.clock.advance(30_000)
    expect(errors).toEqual([])
    expect(made.commits.at(-1)).toMatchObject({ _tag: 'dropped', fault: { _tag: 'UnknownTopicFault' } })
  })
})

describe('a position that moved past deleted records', () => {
  it('is stored though no record follows', () => {
    const made = rig(1, { 'auto.commit.interval.ms': 100 }, 3)
    made.orders.pipe(mergeAll()).subscribe((record) => {
      acknowledge(record)
    })
    made.clock.advance(1_000)
    made.orders.pause()
    for (let number = 3; number < 10; number++) made.cluster.produce('orders', { value: String(number) })
    made.cluster.deleteRecords({ topic: 'orders', partition: 0 }, 10n)
    made.clock.advance(1_000)
    expect(made.committed()).toEqual([3n])
    made.orders.resume()
    made.clock.advance(2_000)
    expect([made.events.map(({ _tag }) => _tag), made.committed()]).toEqual([['gap', 'reset'], [10n]])
  })
})

describe.each([
  ['a member', {}],
  ['a reader under assign', { subscription: assign([{ topic: 'orders', partition: 0, from: 'beginning' }]) }]
] as const)('a commit of %s that was fenced', (_who, config) => {
  it.each(['commitSync', 'commit()'] as const)('ends it as a fenced heartbeat does, by %s', (how) => {
    const made = rig(1, { 'group.instance.id': 'one', 'enable.auto.commit': false, ...config }, 1)
    const errors: unknown[] = []
    made.orders
      .pipe(eachPartition((p) => p.pipe(commit(how === 'commit()' ? { every: 1 } : { withinMs: 10_000_000 }))))
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.cluster.failNext('OffsetCommit', fencedInstance)
    made.clock.advance(50)
    if (how === 'commitSync') made.orders.commitAsync()
    made.clock.advance(1_000)
    const fault = { _tag: 'FencedFault', what: 'group.instance.id', id: 'one' }
    expect(errors).toMatchObject([{ fault }])
    expect(made.events).toMatchObject([
      { _tag: 'fenced', fault },
      { _tag: 'stopped', cause: { fault } }
    ])
    expect(made.commits).toMatchObject([{ _tag: 'dropped', fault }])
  })
})
