import { describe, expect, it } from 'vitest'
import { commit, consumer, type ConsumerStatus, eachPartition, handle, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { group, rig } from '../../support/rig.js'
import { VirtualClock } from '../../support/virtual-clock.js'

describe('the status of a consumer', () => {
  it('shows each phase from beginning to end', () => {
    const { clock, orders } = rig(1, {}, 5)
    const phases = (): string => orders.status().phase
    expect(phases()).toBe('idle')
    orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))).subscribe()
    expect(phases()).toBe('joining')
    clock.advance(1_000)
    expect(orders.status()).toMatchObject({
      phase: 'running',
      groupId: group,
      generation: 1,
      protocol: 'range',
      reason: null,
      fault: null,
      outcome: null
    })
    expect(orders.status().memberId).toEqual(expect.any(String))
    void orders.drain()
    clock.advance(1_000)
    expect(orders.status()).toMatchObject({ phase: 'left', outcome: 'drained', partitions: [] })
  })

  it('has the lag that Kafka’s tools count, what is not delivered yet, and how old that is', () => {
    const { clock, cluster, orders } = rig(1, { maxInFlight: 4 })
    const written = clock.wallTime()
    for (let number = 0; number < 10; number++)
      cluster.produce('orders', { partition: 0, value: 'v', timestamp: written + number * 1_000 })
    const done: (() => void)[] = []
    orders
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => new Promise<void>((resolve) => done.push(resolve))),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    clock.advance(20_000)
    void orders.commitSync([{ topic: 'orders', partition: 0, offset: 2n }])
    clock.advance(1_000)
    const { partitions, lag, behind, inFlight, lagMs } = orders.status()
    expect(partitions).toMatchObject([
      {
        committed: '2',
        position: '4',
        logEnd: '10',
        lag: 8,
        behind: 6,
        standing: 'no credit',
        oldest: { offset: '2', held: true, ageMs: expect.closeTo(21_000, -3) }
      }
    ])
    expect([lag, behind, inFlight, lagMs]).toEqual([8, 6, 4, 18_000])
  })

  it('has rates, since it was last asked for', () => {
    const { clock, cluster, orders } = rig(1)
    orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))).subscribe()
    clock.advance(1_000)
    orders.status()
    for (let second = 0; second < 10; second++) {
      for (let number = 0; number < 50; number++) cluster.produce('orders', { partition: 0, value: 'v' })
      clock.advance(1_000)
    }
    const [first] = orders.status().partitions
    expect([first?.deliveredPerSecond, first?.settledPerSecond, first?.committedPerSecond]).toEqual([50, 50, 50])
    clock.advance(10_000)
    expect(orders.status().partitions[0]?.deliveredPerSecond).toBe(0)
  })

  it('says why no records arrive: a topic that does not exist', () => {
    const clock = new VirtualClock()
    const orders = consumer(memoryCluster({ time: clock }), { 'group.id': group, subscription: subscribe('orders') })
    orders.subscribe()
    clock.advance(5_000)
    expect(orders.status()).toMatchObject({
      phase: 'running',
      reason: expect.stringContaining('topic orders does not exist'),
      fault: { tag: 'UnknownTopicFault' },
      waits: [{ for: 'waiting', forMs: expect.closeTo(5_000, -3) }]
    })
  })

  it('says why it has stopped', () => {
    const { clock, cluster, orders } = rig(1)
    orders.subscribe({ error: () => undefined })
    clock.advance(1_000)
    cluster.failNext('Heartbeat', 30)
    clock.advance(5_000)
    expect(orders.status()).toMatchObject({
      phase: 'stopped',
      outcome: 'aborted',
      fault: { tag: 'AuthorizationFault' }
    })
  })

  it('can be written as JSON', () => {
    const { clock, orders } = rig(2, {}, 4)
    orders.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    clock.advance(1_000)
    const status = orders.status()
    expect(JSON.parse(JSON.stringify(status))).toEqual(status)
  })
})

describe('updates of the status', () => {
  it('have the interval of positionUpdates, and complete when the consumer has left, with nothing scheduled', () => {
    const { clock, orders } = rig(1, {}, 2)
    const told: (ConsumerStatus | 'complete')[] = []
    const positions: unknown[] = []
    orders
      .statusUpdates({ everyMs: 1_000 })
      .subscribe({ next: (status) => told.push(status), complete: () => told.push('complete') })
    orders.positionUpdates().subscribe({ complete: () => positions.push('complete') })
    orders.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    clock.advance(3_500)
    void orders.drain()
    clock.advance(10_000)
    expect(told.map((one) => (one === 'complete' ? one : one.phase))).toEqual([
      'idle',
      'running',
      'running',
      'running',
      'left',
      'complete'
    ])
    expect([positions, clock.pending]).toEqual([['complete'], 0])
    const late: unknown[] = []
    orders.statusUpdates().subscribe({ next: ({ phase }) => late.push(phase), complete: () => late.push('complete') })
    expect(late).toEqual(['left', 'complete'])
  })
})
