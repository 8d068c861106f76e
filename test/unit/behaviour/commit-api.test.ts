import { isLeft, isRight, right } from 'fp-ts/lib/Either.js'
import { defer, mergeAll, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  assign,
  commit,
  type Committed,
  consumer,
  ConsumerError,
  type ConsumerRecord,
  eachPartition,
  type OffsetToCommit,
  subscribe
} from '../../../src/index.js'
import { decodeConsumerConfig } from '../../../src/config/consumer-config.js'
import { acknowledge } from '../../support/handlers.js'
import { group, rig, type Rig } from '../../support/rig.js'
import { tappedCluster } from '../../support/tapped-cluster.js'

const manual = { 'enable.auto.commit': false }
const at = (offset: bigint, metadata?: string): OffsetToCommit => ({
  topic: 'orders',
  partition: 0,
  offset,
  ...(metadata === undefined ? {} : { metadata })
})
const stored = (offset: bigint, partition = 0): Committed => ({ topic: 'orders', partition, offset })

/** Delivers everything, and acknowledges only what the test does. */
const delivered = (made: Rig): readonly ConsumerRecord[] => {
  const records: ConsumerRecord[] = []
  made.orders.pipe(mergeAll()).subscribe({ next: (record) => records.push(record), error: () => undefined })
  made.clock.advance(100)
  return records
}

/** What the group has stored, as the next who reads it finds it. */
const storedBy = ({ cluster, clock }: Rig): readonly unknown[] => {
  const settings = decodeConsumerConfig({
    'group.id': group,
    subscription: assign([{ topic: 'orders', partition: 0, from: 'committed' }])
  })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const nothing = (): void => undefined
  const handlers = {
    assigned: nothing,
    revoking: nothing,
    lost: nothing,
    records: nothing,
    backlog: () => ({ bytes: 0, isMoving: false }),
    outOfRange: nothing,
    truncated: nothing,
    recreated: nothing,
    refused: nothing,
    event: nothing,
    fault: nothing
  }
  const session = cluster.openConsumer(settings.right, handlers)
  const found: unknown[] = []
  session.committed([{ topic: 'orders', partition: 0 }]).subscribe((answer) => {
    if (isRight(answer)) found.push(...answer.right)
  })
  clock.advance(100)
  return found
}

/** What a promise comes to while the clock runs. */
const outcome = async (made: Rig, promise: Promise<readonly Committed[]>, forMs = 100): Promise<unknown> => {
  let result: unknown = 'pending'
  const done = promise.then(
    (offsets) => (result = offsets),
    (error: unknown) => (result = error instanceof ConsumerError ? error.fault : error)
  )
  made.clock.advance(forMs)
  await Promise.race([done, Promise.resolve().then(() => Promise.resolve())])
  return result
}

describe('commitSync', () => {
  it('stores what is acknowledged, and nothing above the first that is not', async () => {
    const made = rig(2, manual, 10)
    const records = delivered(made)
    acknowledge(...records.filter(({ partition, offset }) => partition === 0 && offset !== 3n))
    expect(await outcome(made, made.orders.commitSync())).toEqual([stored(3n)])
    expect(made.committed()).toEqual([3n, null])
    expect(made.commits).toEqual([{ _tag: 'stored', offsets: [stored(3n)], trigger: 'commitSync' }])
  })

  it('has nothing to store at once where nothing is acknowledged', async () => {
    const made = rig(1, manual, 3)
    delivered(made)
    expect([await outcome(made, made.orders.commitSync()), made.commits]).toEqual([[], []])
  })

  it('acknowledges everything below an offset that is given', async () => {
    const made = rig(1, manual, 10)
    delivered(made)
    expect(await outcome(made, made.orders.commitSync([at(4n)]))).toEqual([stored(4n)])
    expect([made.committed(), made.orders.positions()[0]?.inFlight]).toEqual([[4n], 6])
  })

  it('stores the metadata with it, and anew for the same offset', async () => {
    const made = rig(1, manual, 10)
    delivered(made)
    await outcome(made, made.orders.commitSync([at(4n, 'first')]))
    await outcome(made, made.orders.commitSync([at(4n, 'second')]))
    expect(storedBy(made)).toMatchObject([{ partition: 0, offset: 4n, metadata: 'second' }])
  })

  it('stores the beginning where nothing is stored yet', async () => {
    const made = rig(1, manual, 3)
    delivered(made)
    expect([await outcome(made, made.orders.commitSync([at(0n)])), made.committed()]).toEqual([[stored(0n)], [0n]])
  })

  it.each([
    ['beyond what was delivered', [at(11n)], /below 10 was delivered; use seek/],
    ['of a partition that is not assigned', [at(5n), { topic: 'orders', partition: 7, offset: 1n }], /not assigned/]
  ])('refuses an offset %s, and acknowledges none of them', async (_what, offsets, reason) => {
    const made = rig(1, manual, 10)
    delivered(made)
    await outcome(made, made.orders.commitSync([at(4n)]))
    const fault = await outcome(made, made.orders.commitSync(offsets))
    expect(fault).toMatchObject({ _tag: 'OffsetRefusedFault', reason: expect.stringMatching(reason) })
    expect([made.committed(), made.orders.positions()[0]?.inFlight]).toEqual([[4n], 6])
  })

  // As with Java's client.
  it('stores an offset below what is committed, and delivery goes on where it is', async () => {
    const made = rig(1, manual, 10)
    const records = delivered(made)
    await outcome(made, made.orders.commitSync([at(8n)]))
    expect(await outcome(made, made.orders.commitSync([at(2n, 'again')]))).toEqual([stored(2n)])
    expect(storedBy(made)).toMatchObject([{ offset: 2n, metadata: 'again' }])
    made.clock.advance(60_000)
    made.cluster.produce('orders', { partition: 0, value: '10' })
    made.clock.advance(1_000)
    expect(records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n])
    expect(made.orders.positions()).toMatchObject([{ committed: 2n, position: 11n, inFlight: 3 }])
  })

  it('stores what is acknowledged again where it is asked for, after a lower offset', async () => {
    const made = rig(1, manual, 10)
    acknowledge(...delivered(made))
    await outcome(made, made.orders.commitSync())
    await outcome(made, made.orders.commitSync([at(2n)]))
    expect(made.committed()).toEqual([2n])
    expect(await outcome(made, made.orders.commitSync())).toEqual([stored(10n)])
  })

  it('stores exactly the offset that is given, though more is acknowledged', async () => {
    const made = rig(1, manual, 10)
    acknowledge(...delivered(made))
    expect(await outcome(made, made.orders.commitSync([at(4n)]))).toEqual([stored(4n)])
    expect(made.committed()).toEqual([4n])
  })

  it.each(['auto.commit.interval.ms', 'drain'] as const)(
    'sets the offset back until the next implicit commit, by %s',
    async (trigger) => {
      const made = rig(1, { 'auto.commit.interval.ms': trigger === 'drain' ? 10_000_000 : 5_000 }, 10)
      acknowledge(...delivered(made))
      await outcome(made, made.orders.commitSync())
      await outcome(made, made.orders.commitSync([at(2n)]))
      expect(made.committed()).toEqual([2n])
      if (trigger === 'drain') void made.orders.drain()
      made.clock.advance(6_000)
      expect(made.committed()).toEqual([10n])
    }
  )

  it.each(['under way', 'waiting', 'asked for twice'] as const)(
    'sets nothing back that a drain stores, if it is %s when that begins',
    async (when) => {
      const made = rig(1, {}, 10)
      acknowledge(...delivered(made))
      await outcome(made, made.orders.commitSync())
      made.orders.commitAsync([at(9n)])
      if (when === 'waiting') made.orders.commitAsync([at(2n)])
      if (when === 'asked for twice') made.orders.commitAsync([at(9n)])
      void made.orders.drain()
      made.clock.advance(6_000)
      expect(made.committed()).toEqual([10n])
    }
  )

  it('waits for its own offset, not for a higher one that was under way', async () => {
    const made = rig(1, manual, 10)
    delivered(made)
    const higher = made.orders.commitSync([at(8n)])
    const lower = made.orders.commitSync([at(2n)])
    made.cluster.failNext('OffsetCommit', 'disconnect', 1)
    expect([await outcome(made, higher, 5_000), await outcome(made, lower)]).toEqual([[stored(8n)], [stored(2n)]])
    expect(made.committed()).toEqual([2n])
  })

  it('is not overtaken by an older commit that is tried again', async () => {
    const made = rig(1, manual, 10)
    delivered(made)
    made.cluster.failNext('OffsetCommit', 'disconnect', 2)
    const higher = made.orders.commitSync([at(8n)])
    made.clock.advance(1)
    const lower = made.orders.commitSync([at(2n)])
    expect([await outcome(made, lower, 5_000), await outcome(made, higher)]).toEqual([[stored(2n)], [stored(2n)]])
    made.clock.advance(5_000)
    expect(made.committed()).toEqual([2n])
  })

  it('is retried until the group accepts it', async () => {
    const made = rig(1, manual, 3)
    acknowledge(...delivered(made))
    made.cluster.failNext('OffsetCommit', 'disconnect', 3)
    expect(await outcome(made, made.orders.commitSync(), 10_000)).toEqual([stored(3n)])
    expect(made.commits.map(({ _tag }) => _tag)).toEqual(['retrying', 'retrying', 'retrying', 'stored'])
  })

  it('rejects after default.api.timeout.ms, and what is acknowledged is stored later', async () => {
    const made = rig(1, { ...manual, 'default.api.timeout.ms': 2_000 }, 3)
    acknowledge(...delivered(made))
    made.cluster.failNext('OffsetCommit', 'disconnect', 6)
    expect(await outcome(made, made.orders.commitSync(), 2_100)).toEqual({
      _tag: 'TimeoutFault',
      what: 'the commit',
      afterMs: 2_000
    })
    made.clock.advance(60_000)
    expect(made.committed()).toEqual([3n])
  })

  it('rejects when the position is sought elsewhere before it is stored', async () => {
    const made = rig(1, manual, 3)
    acknowledge(...delivered(made))
    made.cluster.failNext('OffsetCommit', 'disconnect', 1)
    const asked = made.orders.commitSync()
    made.orders.seek({ topic: 'orders', partition: 0 }, 'beginning')
    expect(await outcome(made, asked, 10_000)).toMatchObject({
      _tag: 'OffsetRefusedFault',
      offset: 3n,
      reason: expect.stringContaining('seek')
    })
  })

  it('rejects without a subscription, and without a group', async () => {
    const made = rig(1, manual, 3)
    expect(await outcome(made, made.orders.commitSync())).toEqual({
      _tag: 'UsageFault',
      reason: 'commitSync: nothing is subscribed to the consumer yet'
    })
    const reader = consumer(made.cluster, {
      subscription: assign([{ topic: 'orders', partition: 0, from: 'beginning' }])
    })
    reader.pipe(mergeAll()).subscribe()
    made.clock.advance(100)
    expect(await outcome(made, reader.commitSync())).toMatchObject({ _tag: 'UsageFault' })
  })

  it('rejects calls that still wait when the consumer is closed', async () => {
    const made = rig(1, manual, 3)
    acknowledge(...delivered(made))
    made.cluster.failNext('OffsetCommit', 'disconnect', 1_000)
    const asked = made.orders.commitSync()
    void made.orders.close()
    expect(await outcome(made, asked, 20_000)).toMatchObject({ _tag: 'OffsetRefusedFault', offset: 3n })
  })
})

describe('commitAsync', () => {
  it('calls back in the order of the calls, never within one, and an older commit never overwrites a newer one', () => {
    const made = rig(1, manual, 10)
    delivered(made)
    const called: string[] = []
    const note = (name: string) => (answer: unknown) =>
      called.push(`${name} ${isRight(answer as never) ? 'stored' : 'refused'}`)
    made.cluster.failNext('OffsetCommit', 'disconnect', 1)
    made.orders.commitAsync([at(4n)], note('first'))
    made.orders.commitAsync([at(99n)], note('second'))
    made.orders.commitAsync([at(7n)], note('third'))
    expect(called).toEqual([])
    made.clock.advance(5_000)
    expect(called).toEqual(['first stored', 'second refused', 'third stored'])
    expect(made.committed()).toEqual([7n])
    const offsets = made.commits.flatMap((event) =>
      event._tag === 'stored' ? event.offsets.map(({ offset }) => offset) : []
    )
    expect(offsets).toEqual([7n])
  })

  it('never calls back within the call, before a subscription, while it leaves, and after its end', () => {
    const made = rig(1, {}, 3)
    const told: string[] = []
    const ask = (when: string): void => {
      let isWithin = true
      made.orders.commitAsync(undefined, (answer) => told.push(`${when}: ${isWithin ? 'within' : answer._tag}`))
      isWithin = false
    }
    ask('before')
    made.clock.advance(0)
    made.orders.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    made.clock.advance(5_000)
    made.cluster.failNext('LeaveGroup', 'disconnect')
    void made.orders.drain()
    made.orders.rebalances.subscribe(() => ask('leaving'))
    for (let turn = 0; turn < 5; turn++) {
      ask(`turn ${String(turn)}`)
      made.clock.advance(0)
    }
    made.clock.advance(60_000)
    ask('after')
    made.clock.advance(0)
    expect(told.filter((line) => line.endsWith('within'))).toEqual([])
    expect([told.at(0), told.at(-1)]).toEqual(['before: Left', 'after: Left'])
  })

  it('calls the others back though one throws', () => {
    const made = rig(1, manual, 10)
    delivered(made)
    const called: string[] = []
    made.orders.commitAsync([at(4n)], () => {
      called.push('first')
      throw new Error('of the callback')
    })
    made.orders.commitAsync([at(7n)], () => called.push('second'))
    expect(() => {
      made.clock.advance(100)
    }).toThrow('of the callback')
    made.clock.advance(100)
    expect([called, made.committed()]).toEqual([['first', 'second'], [7n]])
  })

  it('needs no callback', () => {
    const made = rig(1, manual, 3)
    acknowledge(...delivered(made))
    made.orders.commitAsync()
    made.clock.advance(100)
    expect(made.committed()).toEqual([3n])
  })
})

describe('commits that never succeed', () => {
  it('end the consumer with one fault after commit.timeout.ms, not before', () => {
    const made = rig(1, { 'commit.timeout.ms': 20_000, 'drain.timeout.ms': 1_000 }, 3)
    const errors: unknown[] = []
    const records: ConsumerRecord[] = []
    made.orders
      .pipe(mergeAll())
      .subscribe({ next: (record) => records.push(record), error: (error: unknown) => errors.push(error) })
    made.clock.advance(100)
    made.cluster.failNext('OffsetCommit', 16, 100_000)
    acknowledge(...records)
    made.clock.advance(20_000)
    expect(errors).toEqual([])
    made.clock.advance(20_000)
    expect(errors).toMatchObject([
      { fault: { _tag: 'CommitFault', offsets: [stored(3n)], fault: { _tag: 'BrokerFault' } } }
    ])
  })

  it('are forgotten once one has succeeded', () => {
    const made = rig(1, { 'commit.timeout.ms': 3_000, 'auto.commit.interval.ms': 100 }, 3)
    const errors: unknown[] = []
    made.orders
      .pipe(mergeAll())
      .subscribe({ next: (record) => acknowledge(record), error: (error: unknown) => errors.push(error) })
    for (let round = 0; round < 10; round++) {
      made.cluster.failNext('OffsetCommit', 16, 3)
      made.cluster.produce('orders', { partition: 0, value: String(round) })
      made.clock.advance(3_000)
    }
    expect([errors, made.committed()]).toEqual([[], [13n]])
  })
})

describe('offsets that are too large for one batch of the group’s log', () => {
  /** INVALID_COMMIT_OFFSET_SIZE, of all that are in the request. */
  const tooLarge = 28
  const mostCharacters = 10

  it.each([
    [
      'are stored in several requests where the broker does not say why it refuses them, as Kafka 4 does not',
      4_000,
      [8, 4, 4]
    ],
    ['are tried again as they are, where they are small and the broker does not say why', 0, [8, 8, 8]]
  ])('%s', (_what, characters, expected) => {
    const asked: number[] = []
    const made = tappedCluster(8, (calls) => ({
      offsetCommit: (request) =>
        defer(() => {
          const { offsets } = request
          asked.push(offsets.length)
          if (offsets.length <= 4) return calls.offsetCommit(request)
          return of(right(offsets.map(({ topic, partition }) => ({ topic, partition, code: -1 }))))
        })
    }))
    for (let partition = 0; partition < 8; partition++) made.produce(partition, 'a')
    const orders = consumer(made.cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      ...manual
    })
    orders.pipe(mergeAll()).subscribe({ error: () => undefined })
    made.clock.advance(1_000)
    const offsets = Array.from({ length: 8 }, (_, partition) => ({
      topic: 'orders',
      partition,
      offset: 1n,
      metadata: 'm'.repeat(characters)
    }))
    orders.commitSync(offsets).catch(() => undefined)
    made.clock.advance(5_000)
    expect(asked.slice(0, 3)).toEqual(expected)
    void orders.close()
  })

  it('are stored in several requests, and those alone fail that do not fit by themselves', async () => {
    const asked: (readonly number[])[] = []
    const made = tappedCluster(5, (calls) => ({
      offsetCommit: (request) =>
        defer(() => {
          const { offsets } = request
          asked.push(offsets.map(({ partition }) => partition))
          const characters = offsets.reduce((sum, { metadata }) => sum + metadata.length, 0)
          return characters <= mostCharacters
            ? calls.offsetCommit(request)
            : of(right(offsets.map(({ topic, partition }) => ({ topic, partition, code: tooLarge }))))
        })
    }))
    for (let partition = 0; partition < 5; partition++) made.produce(partition, 'a')
    const orders = consumer(made.cluster, {
      'group.id': group,
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      ...manual
    })
    orders.pipe(mergeAll()).subscribe({ error: () => undefined })
    made.clock.advance(1_000)
    const metadata = ['12345', '1234567', '123456789012', '', '123']
    const committing = orders.commitSync(
      metadata.map((text, partition) => ({ topic: 'orders', partition, offset: 1n, metadata: text }))
    )
    committing.catch(() => undefined)
    made.clock.advance(1_000)
    await expect(committing).rejects.toMatchObject({
      fault: { _tag: 'BrokerFault', name: 'INVALID_COMMIT_OFFSET_SIZE', partition: 2 }
    })
    expect(asked).toEqual([[0, 1, 2, 3, 4], [0, 1, 2], [0, 1], [0], [1], [2], [3, 4]])
    expect(orders.positions().map(({ committed }) => committed)).toEqual([1n, 1n, null, 1n, 1n])
    void orders.close()
  })
})
