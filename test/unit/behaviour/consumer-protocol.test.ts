import { describe, expect, it } from 'vitest'
import {
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  eachPartition,
  handle,
  type RebalanceEvent,
  subscribe
} from '../../../src/index.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { errorCode as code } from '../../../src/core/protocol/error-code.js'
import { lasting } from '../../support/handlers.js'
import { VirtualClock } from '../../support/virtual-clock.js'

interface Member {
  readonly reader: Consumer
  readonly handled: string[]
  readonly events: ConsumerEvent[]
  readonly rebalances: RebalanceEvent[]
}

/** Members by the consumer protocol on an embedded cluster in virtual time. */
const world = (partitions: number) => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ topics: { orders: partitions }, time: clock })
  const start = (config: Partial<ConsumerConfig> = {}, workMs = 0): Member => {
    const reader = consumer(cluster, {
      'group.id': 'g',
      'group.protocol': 'consumer',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders'),
      ...config
    })
    const said: Member = { reader, handled: [], events: [], rebalances: [] }
    reader.events.subscribe((event) => said.events.push(event))
    reader.rebalances.subscribe((event) => said.rebalances.push(event))
    reader
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle((record) => {
              said.handled.push(`${String(record.partition)}/${String(record.offset)}`)
              return lasting(clock, workMs)
            }),
            commit({ withinMs: 20 })
          )
        )
      )
      .subscribe({ error: () => undefined })
    return said
  }
  const fill = (count: number): void => {
    for (let number = 0; number < count; number++)
      cluster.produce('orders', { partition: number % partitions, value: String(number) })
  }
  return { clock, cluster, start, fill }
}

const ownersOf = (cluster: MemoryCluster): readonly number[] =>
  cluster.describeGroup('g').members.map(({ assignment }) => assignment?.length ?? 0)
const tagsOf = ({ rebalances }: Member): readonly string[] => rebalances.map(({ _tag }) => _tag)

describe('a consumer by the consumer protocol', () => {
  it('shares partitions out: a partition moves when its former owner has released it, and the others continue', () => {
    const { clock, cluster, start, fill } = world(4)
    fill(4)
    const one = start({}, 200)
    clock.advance(1_000)
    expect(one.handled.sort()).toEqual(['0/0', '1/0', '2/0', '3/0'])
    const two = start()
    clock.advance(12_000)
    expect(ownersOf(cluster)).toEqual([2, 2])
    fill(4)
    clock.advance(1_000)
    expect([...one.handled, ...two.handled].sort()).toEqual(['0/0', '0/1', '1/0', '1/1', '2/0', '2/1', '3/0', '3/1'])
    expect(tagsOf(one)).toEqual(['assigned', 'assigned', 'revoking', 'revoked', 'assigned'])
    expect(one.rebalances[0]).toMatchObject({ rebalance: { leader: '', protocol: 'consumer' } })
    expect(one.reader.status()).toMatchObject({ phase: 'running' })
    expect(cluster.describeGroup('g')).toMatchObject({ state: 'Stable', protocol: 'uniform', leader: null })
  })

  it('falls back to classic if the brokers do not support it, and reports that', () => {
    const { clock, cluster, start, fill } = world(2)
    cluster.failNext('ConsumerGroupHeartbeat', code.UNSUPPORTED_VERSION)
    fill(2)
    const one = start()
    clock.advance(2_000)
    expect(one.handled.sort()).toEqual(['0/0', '1/0'])
    expect(one.events).toMatchObject([{ _tag: 'group protocol', groupId: 'g', wanted: 'consumer', used: 'classic' }])
    expect(cluster.describeGroup('g')).toMatchObject({ state: 'Stable', protocol: 'cooperative-sticky' })
    expect([cluster.committed('g', { topic: 'orders', partition: 0 }), cluster.committed('g', { topic: 'orders', partition: 1 })]).toEqual([1n, 1n]) // prettier-ignore
  })

  it('fetches committed offsets again after a former epoch was refused, without an offset reset', () => {
    for (const given of [code.STALE_MEMBER_EPOCH, code.UNKNOWN_MEMBER_ID]) {
      const { clock, cluster, start, fill } = world(1)
      fill(3)
      const one = start()
      clock.advance(1_000)
      void one.reader.close()
      clock.advance(6_000)
      cluster.failNext('OffsetFetch', given, 5)
      const two = start()
      clock.advance(20_000)
      fill(1)
      clock.advance(10_000)
      expect([one.handled, two.handled]).toEqual([['0/0', '0/1', '0/2'], ['0/3']])
      expect(two.events.filter(({ _tag }) => _tag === 'reset')).toEqual([])
    }
  })

  it('commits in its new epoch what was refused in the former one', () => {
    const { clock, cluster, start, fill } = world(2)
    const one = start()
    clock.advance(1_000)
    cluster.failNext('OffsetCommit', code.STALE_MEMBER_EPOCH, 3)
    fill(2)
    clock.advance(8_000)
    expect([0, 1].map((partition) => cluster.committed('g', { topic: 'orders', partition }))).toEqual([1n, 1n])
    expect(one.rebalances.filter(({ _tag }) => _tag === 'lost')).toEqual([])
  })

  it('joins again under another member id when its group does not know it any more, and commits nothing meanwhile', () => {
    const { clock, cluster, start, fill } = world(1)
    const one = start()
    clock.advance(1_000)
    const [{ memberId } = { memberId: '' }] = cluster.describeGroup('g').members
    cluster.expireSession('g', memberId)
    clock.advance(6_000)
    expect(tagsOf(one)).toEqual(['assigned', 'lost', 'assigned'])
    fill(2)
    clock.advance(1_000)
    expect([one.handled, cluster.committed('g', { topic: 'orders', partition: 0 })]).toEqual([['0/0', '0/1'], 2n])
    expect(cluster.describeGroup('g').members[0]?.memberId).not.toBe(memberId)
  })

  it('cut off from its coordinator it reads no more than 45 s', () => {
    const { clock, cluster, start } = world(1)
    const one = start()
    clock.advance(1_000)
    cluster.failNext('ConsumerGroupHeartbeat', 'disconnect', 1_000)
    clock.advance(44_000)
    expect(tagsOf(one)).toEqual(['assigned'])
    clock.advance(7_000)
    expect(one.rebalances.slice(0, 2)).toMatchObject([{ _tag: 'assigned' }, { _tag: 'lost', fault: { reason: 'session expired' } }]) // prettier-ignore
  })

  it('a static member that is closed without leaving comes back to its share at once', () => {
    const { clock, cluster, start } = world(2)
    const config = { 'group.instance.id': 'a' }
    const one = start(config)
    const other = start()
    clock.advance(12_000)
    void one.reader.close({ leaveGroup: false })
    clock.advance(1_000)
    const back = start(config)
    clock.advance(1_000)
    expect(back.rebalances[0]).toMatchObject({ _tag: 'assigned', gained: [{ topic: 'orders' }] })
    expect([ownersOf(cluster), other.rebalances.at(-1)?._tag]).toEqual([[1, 1], 'assigned'])
  })

  it('a static member is refused while another has its group.instance.id, and the other stays', () => {
    const { clock, start, fill } = world(1)
    const one = start({ 'group.instance.id': 'a' })
    clock.advance(1_000)
    const two = start({ 'group.instance.id': 'a' })
    clock.advance(80_000)
    expect(two.events.at(-1)).toMatchObject({ _tag: 'stopped', cause: { fault: { _tag: 'FencedFault', id: 'a' } } })
    fill(1)
    clock.advance(1_000)
    expect([one.handled, two.handled]).toEqual([['0/0'], []])
  })

  it('reads topics that are made later and match its pattern', () => {
    const { clock, cluster, start } = world(1)
    const one = start({ subscription: subscribe(/^later-/), 'metadata.max.age.ms': 1_000 })
    clock.advance(1_000)
    cluster.createTopic('later-on', 2)
    cluster.createTopic('not-later-on', 2)
    clock.advance(7_000)
    expect(one.reader.positions().map(({ topic }) => topic)).toEqual(['later-on', 'later-on'])
  })

  it('a member whose position moves during the drain loses nothing to its successor', () => {
    const { clock, start, fill } = world(2)
    fill(20)
    const one = start({}, 300)
    clock.advance(1_000)
    const two = start({}, 300)
    clock.advance(30_000)
    void one.reader.drain()
    clock.advance(60_000)
    const all = [...one.handled, ...two.handled]
    expect([all.length, new Set(all).size]).toEqual([20, 20])
  })
})
