import { EMPTY, NEVER, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, type Consumer, eachPartition, handle, type RebalanceEvent } from '../../../src/index.js'
import { lasting, manual, numberOf, parallel } from '../../support/handlers.js'
import { group, rig } from '../../support/rig.js'
import { sorted, upTo, witness } from '../../support/witness.js'

const cooperative = { 'heartbeat.interval.ms': 100, 'partition.assignment.strategy': ['cooperative-sticky'] } as const

const held = (member: Consumer): readonly number[] => member.positions().map(({ partition }) => partition)

type Told<Tag extends RebalanceEvent['_tag']> = Extract<RebalanceEvent, { readonly _tag: Tag }>

const all = <Tag extends RebalanceEvent['_tag']>(events: readonly RebalanceEvent[], tag: Tag): readonly Told<Tag>[] =>
  events.filter((event): event is Told<Tag> => event._tag === tag)

describe('a partition that is kept in a cooperative rebalance', () => {
  it('continues: its stream does not end, has no gap and no repetition, and its records arrive without a pause', () => {
    const { clock, cluster, orders, member, rebalances } = rig(4, cooperative)
    const delivered: { readonly at: number; readonly partition: number; readonly number: number }[] = []
    const streams: string[] = []
    orders
      .pipe(
        eachPartition((p) => {
          streams.push(`+${String(p.partition)}`)
          return p.pipe(
            tap((record) => delivered.push({ at: clock.now(), partition: p.partition, number: numberOf(record) })),
            tap({ complete: () => streams.push(`-${String(p.partition)}`) }),
            handle(() => lasting(clock, 3), parallel),
            commit({ every: 1 })
          )
        })
      )
      .subscribe()
    clock.advance(500)
    const writtenAt: number[] = []
    const write = (times: number): void => {
      for (let time = 0; time < times; time++) {
        for (const partition of upTo(4)) {
          cluster.produce('orders', { partition, value: String(writtenAt.length) })
          writtenAt.push(clock.now())
        }
        clock.advance(5)
      }
    }
    write(100)
    const other = member()
    const running = other
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit()
          )
        )
      )
      .subscribe()
    write(200)
    const kept = held(orders)
    expect([kept.length, held(other).length]).toEqual([2, 2])
    running.unsubscribe()
    write(200)
    expect(rebalances.length).toBeGreaterThan(3)
    for (const partition of kept) {
      const own = delivered.filter((delivery) => delivery.partition === partition)
      expect(own.map(({ number }) => number)).toEqual(upTo(500).map((time) => time * 4 + partition))
      // The broker answers a fetch that waits at once: no record is later than that.
      expect(Math.max(...own.map(({ at, number }) => at - (writtenAt[number] ?? 0)))).toBeLessThanOrEqual(5)
      expect(streams.filter((entry) => entry.endsWith(String(partition)))).toEqual([`+${String(partition)}`])
    }
    for (const event of rebalances.slice(1))
      expect(event._tag === 'assigned' ? event.gained : event.partitions).not.toContainEqual(
        expect.objectContaining({ partition: kept[0] })
      )
  })

  it('is committed while another is drained, and while the group rebalances again and again', () => {
    const { clock, orders, member, committed } = rig(2, { ...cooperative, 'drain.timeout.ms': 20_000 }, 200)
    const [moving] = [1]
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => (p.partition === moving && numberOf(record) > 20 ? NEVER : lasting(clock, 50))),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(1_000)
    member().subscribe()
    let before = committed()[0] ?? 0n
    for (let second = 0; second < 4; second++) {
      clock.advance(1_000)
      const now = committed()[0] ?? 0n
      expect(now).toBeGreaterThan(before)
      before = now
    }
  })
})

describe('a partition that is taken away in a cooperative rebalance', () => {
  it('ends like any other: intake stops, the stream completes, work is drained and committed, the partition is released, then another owns it', () => {
    const { clock, cluster, orders, member, rebalances, committed } = rig(2, cooperative, 4)
    const work = manual()
    const trace: string[] = []
    orders.rebalances.subscribe(({ _tag }) => trace.push(_tag))
    orders.commits.subscribe(({ _tag }) => trace.push(_tag))
    orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            tap({ complete: () => trace.push(`complete ${String(p.partition)}`) }),
            handle(work.handler, parallel),
            commit({ every: 100, withinMs: 1_000_000 })
          )
        )
      )
      .subscribe()
    clock.advance(500)
    const other = member()
    const gained: number[] = []
    other.subscribe((p) => gained.push(p.partition))
    clock.advance(2_000)
    const [moved = -1] = all(rebalances, 'revoking').flatMap(({ partitions }) => partitions.map((p) => p.partition))
    cluster.produce('orders', { partition: moved, value: '10' })
    clock.advance(1_000)
    // The generation with what moves missing comes first, then the drain.
    expect(trace).toEqual(['assigned', 'assigned', 'revoking', `complete ${String(moved)}`])
    expect([sorted(work.running()), gained]).toEqual([upTo(4), []])
    work.finish(moved, moved + 2)
    clock.advance(500)
    expect(trace.slice(4)).toEqual(['stored', 'revoked', 'assigned'])
    expect(all(rebalances, 'revoked')).toMatchObject([
      { partitions: [{ partition: moved, outcome: 'drained', committed: 2n, repeated: 0 }] }
    ])
    expect([gained, committed()[moved]]).toEqual([[moved], 2n])
    expect(other.positions()).toMatchObject([{ partition: moved, position: 2n }])
  })

  it('is drained at once if its pipeline is idle, has ended, or was never subscribed to', () => {
    for (const pipeline of ['idle', 'ended', 'not subscribed'] as const) {
      const { clock, orders, member, rebalances } = rig(
        2,
        { ...cooperative, 'drain.timeout.ms': 60_000 },
        pipeline === 'idle' ? 0 : 4
      )
      if (pipeline === 'not subscribed') orders.subscribe()
      else orders.pipe(eachPartition((p) => (pipeline === 'ended' ? p.pipe(take(1)) : p.pipe(commit())))).subscribe()
      clock.advance(500)
      member().subscribe()
      clock.advance(500)
      expect([pipeline, all(rebalances, 'revoked').length]).toEqual([pipeline, 1])
    }
  })

  it('has one report in its revocation for each end: drained, timed out, and failed', () => {
    const { clock, cluster, orders, member, rebalances } = rig(6, { ...cooperative, 'drain.timeout.ms': 2_000 }, 12)
    orders
      .pipe(
        eachPartition((p) => {
          if (p.partition === 3) return EMPTY
          if (p.partition === 4)
            return p.pipe(
              handle(() => NEVER),
              commit()
            )
          return p.pipe(
            handle(() => undefined),
            commit({ every: 1 })
          )
        })
      )
      .subscribe()
    clock.advance(500)
    cluster.createTopic('orders', 6)
    member().subscribe()
    clock.advance(10_000)
    const [revoked] = all(rebalances, 'revoked')
    const outcomes = Object.fromEntries((revoked?.partitions ?? []).map((report) => [report.partition, report]))
    expect(Object.keys(outcomes)).toEqual(['3', '4', '5'])
    expect(outcomes).toMatchObject({
      3: { outcome: 'not subscribed', committed: null, repeated: 0 },
      4: { outcome: 'timed out', committed: null, repeated: 2 },
      5: { outcome: 'drained', committed: 2n, repeated: 0 }
    })
  })

  it('has until drain.timeout.ms, or the rebalance timeout minus a margin if that is sooner', () => {
    const within = (drainMs: number, rebalanceMs: number): number | undefined => {
      const config = {
        ...cooperative,
        'drain.timeout.ms': drainMs,
        'max.poll.interval.ms': rebalanceMs,
        'session.timeout.ms': 6_000
      }
      const { clock, orders, member, rebalances } = rig(2, config, 2)
      orders
        .pipe(
          eachPartition((p) =>
            p.pipe(
              handle(() => NEVER),
              commit()
            )
          )
        )
        .subscribe()
      clock.advance(500)
      member().subscribe()
      clock.advance(1_000)
      return all(rebalances, 'revoking')[0]?.withinMs
    }
    expect(within(10_000, 300_000)).toBe(10_000)
    expect(within(39_000, 40_000)).toBe(36_000)
    expect(within(99_000, 100_000)).toBe(95_000)
  })
})

describe('another rebalance while a partition is drained', () => {
  it('neither ends the drain nor begins a second one; the partition goes to its owner of the latest assignment', () => {
    const { clock, orders, member, rebalances, committed } = rig(3, cooperative, 6)
    const seen = witness()
    const work = manual()
    seen.follow('a', orders, work.handler)
    clock.advance(500)
    const second = member()
    seen.follow('b', second)
    clock.advance(1_000)
    const third = member()
    seen.follow('c', third)
    clock.advance(2_000)
    // Two were asked back one after the other, each of them once.
    const asked = all(rebalances, 'revoking').flatMap(({ partitions }) => partitions.map(({ partition }) => partition))
    expect([asked.length, new Set(asked).size, held(orders).length]).toEqual([2, 2, 3])
    expect([held(second), held(third), all(rebalances, 'revoked')]).toEqual([[], [], []])
    work.finish(...upTo(6))
    clock.advance(2_000)
    expect([orders, second, third].map((one) => held(one).length)).toEqual([1, 1, 1])
    expect([seen.breaches, sorted(seen.finished), committed()]).toEqual([[], upTo(6), [2n, 2n, 2n]])
    expect(all(rebalances, 'revoked').flatMap(({ partitions }) => partitions.map(({ outcome }) => outcome))).toEqual([
      'drained',
      'drained'
    ])
  })

  it('that assigns it again begins it anew: its end is reported before its new beginning', () => {
    const { clock, orders, member, rebalances } = rig(2, cooperative, 4)
    const seen = witness()
    const work = manual()
    seen.follow('a', orders, work.handler)
    clock.advance(500)
    const other = seen.follow('b', member())
    clock.advance(500)
    const [moved = -1] = all(rebalances, 'revoking').flatMap(({ partitions }) => partitions.map((p) => p.partition))
    other.unsubscribe()
    clock.advance(500)
    work.finish(...upTo(4))
    clock.advance(1_000)
    const name = String(moved)
    expect([seen.breaches, seen.streams.filter((entry) => entry.endsWith(name))]).toEqual([
      [],
      [`a+${name}`, `a-${name}`, `a+${name}`]
    ])
    const ofMoved = rebalances.flatMap((event) => {
      const partitions = event._tag === 'assigned' ? event.gained : event.partitions
      return partitions.some(({ partition }) => partition === moved) ? [event._tag] : []
    })
    expect(ofMoved).toEqual(['assigned', 'revoking', 'revoked', 'assigned'])
  })
})

describe('a revocation right after an assignment', () => {
  it('of a partition whose start is not known yet ends it without a record, and nothing of it is committed', () => {
    const { clock, cluster, orders, member, committed, rebalances } = rig(2, cooperative, 4)
    cluster.failNext('OffsetFetch', 14, 1_000)
    const seen = witness()
    seen.follow('a', orders)
    clock.advance(500)
    seen.follow('b', member())
    clock.advance(1_000)
    expect(all(rebalances, 'revoked')).toMatchObject([
      { partitions: [{ outcome: 'drained', committed: null, repeated: 0 }] }
    ])
    expect([seen.handled, committed()]).toEqual([[], [null, null]])
    clock.advance(1_000_000)
    expect([seen.breaches, sorted(seen.finished)]).toEqual([[], upTo(4)])
  })
})

describe('a drain of the consumer while it joins', () => {
  it.each([
    ['cooperative', cooperative],
    ['eager', { ...cooperative, 'partition.assignment.strategy': ['range'] as const }]
  ])(
    'finishes and commits what it holds, and leaves, no matter who the group waits for (%s)',
    async (_name, config) => {
      const { clock, cluster, orders, member, committed } = rig(2, config, 2)
      const work = manual()
      orders.pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit({ every: 1 })))).subscribe()
      clock.advance(500)
      // The group waits for the slow one: its heartbeats tell it of the rebalance only after a while.
      const slow = member({ 'heartbeat.interval.ms': 3_000 })
      slow
        .pipe(
          eachPartition((p) =>
            p.pipe(
              handle(() => undefined),
              commit({ every: 1 })
            )
          )
        )
        .subscribe()
      clock.advance(200)
      work.finish(0, 1)
      clock.advance(8_000)
      for (const number of [2, 3]) cluster.produce('orders', { partition: number - 2, value: String(number) })
      clock.advance(50)
      member().subscribe()
      clock.advance(150)
      expect(cluster.describeGroup(group).state).toBe('PreparingRebalance')
      const drained = orders.drain({ timeoutMs: 8_000 })
      clock.advance(10)
      expect(work.running()).toHaveLength(1)
      work.finish(2, 3)
      clock.advance(10_000)
      expect((await drained).partitions.every(({ repeated }) => repeated === 0)).toBe(true)
      expect(committed()).toEqual([2n, 2n])
      expect(orders.positions()).toEqual([])
      expect(cluster.describeGroup(group).members).toHaveLength(2)
    }
  )
})
