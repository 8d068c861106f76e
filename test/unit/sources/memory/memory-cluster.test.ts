import { type Either, right } from 'fp-ts/lib/Either.js'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type MemoryCluster, memoryCluster } from '../../../../src/sources/memory/memory-cluster.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { Header } from '../../../../src/model/header.js'
import type { Step } from '../../../../src/ports/step.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const t0 = { topic: 't', partition: 0 }

const withTopic = (partitions: number, seed?: number): { clock: VirtualClock; cluster: MemoryCluster } => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ topics: { t: partitions }, time: clock, ...(seed === undefined ? {} : { seed }) })
  return { clock, cluster }
}

/** What a step gives within this instant; a step that gives nothing gives nothing to compare with. */
const answers = <A>(clock: VirtualClock, step: Step<A>): readonly Either<Fault, A>[] => {
  const seen: Either<Fault, A>[] = []
  step.subscribe((answer) => seen.push(answer))
  clock.advance(0)
  return seen
}

const values = (cluster: MemoryCluster, partition: number): readonly (string | null)[] =>
  cluster
    .records({ topic: 't', partition })
    .map(({ value }) => (value === null ? null : new TextDecoder().decode(value)))

describe('memoryCluster', () => {
  describe('topics', () => {
    it('begin as they were given, empty', () => {
      const cluster = memoryCluster({ topics: { a: 1, b: 2 }, time: new VirtualClock() })
      expect(cluster.produce('b', { value: 'x', partition: 1 })).toEqual([{ topic: 'b', partition: 1, offset: 0n }])
      expect([cluster.logStart({ topic: 'a', partition: 0 }), cluster.logEnd({ topic: 'a', partition: 0 })]).toEqual([
        0n,
        0n
      ])
    })

    it('get partitions added by createTopic, and never lose any', () => {
      const { cluster } = withTopic(1)
      cluster.produce('t', { value: 'kept', partition: 0 })
      cluster.createTopic('t', 3)
      cluster.produce('t', { value: 'new', partition: 2 })
      cluster.createTopic('t', 1)
      expect([values(cluster, 0), values(cluster, 2)]).toEqual([['kept'], ['new']])
      expect(() => cluster.produce('t', { value: 'x', partition: 3 })).toThrow('t has no partition 3')
    })

    it('are created by createTopics unless they exist', () => {
      const { clock, cluster } = withTopic(1)
      const wanted = [
        { topic: 't', partitions: 9 },
        { topic: 'u', partitions: 2 }
      ]
      expect(answers(clock, cluster.createTopicsEither(wanted))).toEqual([right(undefined)])
      expect(() => cluster.produce('t', { value: 'x', partition: 1 })).toThrow('t has no partition 1')
      expect(cluster.produce('u', { value: 'x', partition: 1 })).toEqual([{ topic: 'u', partition: 1, offset: 0n }])
    })

    it('are gone after deleteTopic, with all they held', () => {
      const { cluster } = withTopic(1)
      cluster.produce('t', { value: 'x' })
      cluster.deleteTopic('t')
      expect([cluster.records(t0), cluster.logEnd(t0)]).toEqual([[], 0n])
      cluster.createTopic('t', 1)
      expect(cluster.produce('t', { value: 'y' })).toEqual([{ ...t0, offset: 0n }])
    })
  })

  describe('produce', () => {
    it('says how to create a topic that is missing', () => {
      expect(() => withTopic(1).cluster.produce('orders', { value: 'x' })).toThrow(
        'the topic orders does not exist: createTopic("orders", …) first'
      )
    })

    it('refuses a partition that the topic lacks', () => {
      const write = (partition: number): unknown => withTopic(1).cluster.produce('t', { value: 'x', partition })
      expect(() => write(1)).toThrow('t has no partition 1')
      expect(() => write(-1)).toThrow('partition is -1')
    })

    it('writes text as UTF-8, bytes as they are and null as null, stamped with the time of now', () => {
      const { clock, cluster } = withTopic(1)
      clock.advance(1_234)
      cluster.produce(
        't',
        { key: 'ключ', value: new Uint8Array([0xff]), headers: [{ name: 'h', value: 'v' }] },
        { value: null, headers: [{ name: 'h', value: null }], timestamp: 7 }
      )
      const headers = (value: Header['value']): readonly Header[] => [{ name: 'h', value }]
      expect(cluster.records(t0)).toEqual([
        {
          offset: 0n,
          key: bytes('ключ'),
          value: new Uint8Array([0xff]),
          headers: headers(bytes('v')),
          timestamp: 1_234
        },
        { offset: 1n, key: null, value: null, headers: headers(null), timestamp: 7 }
      ])
    })

    // The hashes are those of the tests of Java's client.
    it.each([
      { key: '21', hash: -973932308 },
      { key: 'foobar', hash: -790332482 },
      { key: 'a-little-bit-long-string', hash: -985981536 },
      { key: 'a-little-bit-longer-string', hash: -1486304829 },
      { key: 'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', hash: -58897971 },
      { key: 'abc', hash: 479470107 }
    ])('puts $key where the hash of Java’s client puts it', ({ key, hash }) => {
      const { cluster } = withTopic(1_000)
      expect(cluster.produce('t', { key, value: 'x' })[0]?.partition).toBe((hash & 0x7fffffff) % 1_000)
    })

    it('keeps records without a key together for a batch’s worth of bytes, then goes elsewhere', () => {
      const { cluster } = withTopic(8)
      const record = { value: 'x'.repeat(4_096) }
      const partitions = cluster.produce('t', ...Array.from({ length: 12 }, () => record)).map((at) => at.partition)
      const [first, second, third] = [partitions.slice(0, 4), partitions.slice(4, 8), partitions.slice(8)]
      for (const run of [first, second, third]) expect(new Set(run).size).toBe(1)
      expect(first[0]).not.toBe(second[0])
      expect(second[0]).not.toBe(third[0])
    })

    it('chooses the same for the same seed, and something else for another', () => {
      const chosen = (seed: number): readonly number[] => {
        const { cluster } = withTopic(1_000, seed)
        const value = 'x'.repeat(20_000)
        return cluster.produce('t', { value }, { value }, { value }).map((at) => at.partition)
      }
      expect(chosen(1)).toEqual(chosen(1))
      expect(chosen(1)).not.toEqual(chosen(2))
    })
  })

  describe('produceTransaction', () => {
    it.each(['commit', 'abort'] as const)('ends with a marker in each partition that it wrote to: %s', (end) => {
      const { cluster } = withTopic(3)
      const written = cluster.produceTransaction(
        't',
        end,
        { value: 'a', partition: 0 },
        { value: 'b', partition: 0 },
        { value: 'c', partition: 2 }
      )
      expect(written.map(({ offset }) => offset)).toEqual([0n, 1n, 0n])
      expect([0, 1, 2].map((partition) => cluster.logEnd({ topic: 't', partition }))).toEqual([3n, 0n, 2n])
      expect(values(cluster, 0)).toEqual(['a', 'b'])
    })
  })

  describe('what befalls a log', () => {
    it('deleteRecords moves its start', () => {
      const { cluster } = withTopic(1)
      cluster.produce('t', { value: 'a' }, { value: 'b' })
      cluster.deleteRecords(t0, 1n)
      expect([cluster.logStart(t0), cluster.logEnd(t0), values(cluster, 0)]).toEqual([1n, 2n, ['b']])
    })

    it('compact leaves the last record of each key', () => {
      const { cluster } = withTopic(1)
      cluster.produce('t', { key: 'a', value: '1' }, { key: 'b', value: '2' }, { key: 'a', value: '3' })
      cluster.compact(t0)
      expect(cluster.records(t0).map(({ offset }) => offset)).toEqual([1n, 2n])
      expect(cluster.logEnd(t0)).toBe(3n)
    })

    it('is nothing for a partition that does not exist', () => {
      const { cluster } = withTopic(1)
      const nowhere = { topic: 'u', partition: 0 }
      cluster.deleteRecords(nowhere, 1n)
      cluster.compact(nowhere)
      expect([cluster.records(nowhere), cluster.logStart(nowhere), cluster.logEnd(nowhere)]).toEqual([[], 0n, 0n])
    })
  })

  describe('groups', () => {
    it('that nobody has heard of are empty and have stored nothing', () => {
      const { cluster } = withTopic(1)
      expect(cluster.describeGroup('g')).toEqual({
        groupId: 'g',
        state: 'Empty',
        generation: 0,
        protocol: null,
        leader: null,
        members: [],
        pending: []
      })
      expect(cluster.committed('g', t0)).toBeNull()
    })
  })

  describe('time', () => {
    it('is that of an rxjs scheduler where one is given', () => {
      const scheduler = new VirtualTimeScheduler()
      const { clock } = memoryCluster({ time: scheduler })
      const runs: number[] = []
      clock.schedule(30, () => runs.push(clock.now()))
      const cancel = clock.schedule(20, () => runs.push(-1))
      clock.turn(() => runs.push(clock.wallTime()))
      cancel()
      expect(runs).toEqual([])
      scheduler.flush()
      expect(runs).toEqual([0, 30])
    })

    it('is that of a clock where one is given', () => {
      const { clock, cluster } = withTopic(1)
      expect(cluster.clock).toBe(clock)
    })
  })
})
