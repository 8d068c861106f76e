import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { assignors } from '../../src/core/group/assignors/assignors.js'
import type { AssignableMember, PartitionRacks } from '../../src/core/group/assignors/assignor.js'
import { Committer, type DueOffset } from '../../src/core/committing/committer.js'
import { decodeAssignment, encodeAssignment } from '../../src/core/group/member-subscription.js'
import { assign, commit, consumer, eachPartition, json, subscribe } from '../../src/index.js'
import { memoryCluster } from '../../src/testing.js'
import { VirtualClock } from '../support/virtual-clock.js'

/** Makes a workload of a size, and gives what runs it. */
type Workload = (size: number) => () => unknown

const range = (size: number): readonly number[] => Array.from({ length: size }, (_, number) => number)
const racks = (size: number): PartitionRacks => range(size).map(() => new Set<string>())
const memberOf = (memberId: string, topics: readonly string[]): AssignableMember => ({
  memberId,
  groupInstanceId: null,
  topics,
  userData: null,
  owned: [],
  generation: -1,
  rack: null
})
const topicsOf = (topics: number, partitions: number): ReadonlyMap<string, PartitionRacks> =>
  new Map(range(topics).map((topic) => [`topic-${String(topic)}`, racks(partitions)]))

/** Members, topics and partitions a topic. */
const shapes: readonly (readonly [string, (size: number) => readonly [number, number, number]])[] = [
  ['partitions of one topic', (size) => [10, 1, size]],
  ['topics', (size) => [10, size, 1]],
  ['members', (size) => [size / 10, 1, size / 10]]
]

const assigning =
  (name: keyof typeof assignors, shape: (size: number) => readonly [number, number, number]): Workload =>
  (size) => {
    // prettier-ignore
    const [members, topics, partitions] = shape(size)
    const all = topicsOf(topics, partitions)
    const group = range(members).map((member) => memberOf(`member-${String(member)}`, [...all.keys()]))
    return () => assignors[name].assign(group, all)
  }

const offsetsOf = (size: number): readonly DueOffset[] =>
  range(size).map((partition) => ({ topic: 't', partition, offset: 1n, leaderEpoch: -1, metadata: '' }))

const committing: Workload = (size) => () => {
  const committer = new Committer({ retryBackoffMs: 1, retryBackoffMaxMs: 1, random: () => 0 })
  const offsets = offsetsOf(size)
  for (const offset of offsets) committer.track(offset, 0n, null)
  committer.due(offsets)
  committer.answered(
    offsets.map((offset) => ({
      ...offset,
      outcome: 'retry',
      fault: { _tag: 'BrokerFault', api: 'OffsetCommit', code: 7, name: 'REQUEST_TIMED_OUT' }
    }))
  )
  committer.retryDue()
  return committer.answered(offsets.map((offset) => ({ ...offset, outcome: 'committed', fault: null })))
}

const consuming =
  (config: (topic: string, size: number) => object): Workload =>
  (size) =>
  () => {
    // prettier-ignore
    const clock = new VirtualClock()
    const cluster = memoryCluster({ topics: { t: size }, time: clock })
    for (const partition of range(size)) cluster.produce('t', { partition, value: 'x' })
    const reader = consumer(cluster, { 'auto.offset.reset': 'earliest', ...config('t', size) } as never)
    reader.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    clock.advance(2_000)
    reader.positions()
    void reader.drain()
    clock.advance(2_000)
    expect(cluster.committed('g', { topic: 't', partition: size - 1 })).toBe(1n)
  }

const subscribing =
  (of: (names: readonly string[]) => ReturnType<typeof subscribe>): Workload =>
  (size) =>
  () => {
    const clock = new VirtualClock()
    const names = range(size).map((topic) => `topic-${String(topic)}`)
    const cluster = memoryCluster({ topics: Object.fromEntries(names.map((topic) => [topic, 1])), time: clock })
    const reader = consumer(cluster, { 'group.id': 'g', subscription: of(names) })
    reader.pipe(eachPartition((partition) => partition.pipe(commit()))).subscribe()
    clock.advance(2_000)
    expect(reader.positions()).toHaveLength(size)
    void reader.close()
    clock.advance(2_000)
  }

const decodingKeys =
  (duplicateKeys: 'last' | 'refuse'): Workload =>
  (size) => {
    // prettier-ignore
    const text = `{${range(size).map((key) => `"\\u0061${String(key)}":1`).join(',')}}`
    const bytes = new TextEncoder().encode(text)
    const codec = json(t.record(t.string, t.number), { duplicateKeys, maxBytes: Infinity })
    return () => expect(codec.decode(bytes)._tag).toBe('Right')
  }

const workloads: readonly (readonly [string, number, Workload])[] = [
  [
    'writing and reading an assignment of one topic',
    10_000,
    (size) => () => decodeAssignment(encodeAssignment(range(size).map((partition) => ({ topic: 't', partition }))))
  ],
  [
    'writing and reading an assignment of many topics',
    4_000,
    (size) => () =>
      decodeAssignment(encodeAssignment(range(size).map((topic) => ({ topic: `t${String(topic)}`, partition: 0 }))))
  ],
  ...shapes.flatMap(([what, shape]) =>
    (Object.keys(assignors) as (keyof typeof assignors)[]).map(
      (name) => [`${name}: ${what}`, 1_000, assigning(name, shape)] as const
    )
  ),
  ['commits that are refused and stored', 4_000, committing],
  ['a member of a group', 240, consuming(() => ({ 'group.id': 'g', subscription: subscribe('t') }))],
  [
    'a reader of chosen partitions',
    240,
    consuming((topic, size) => ({
      'group.id': 'g',
      subscription: assign(range(size).map((partition) => ({ topic, partition, from: 'beginning' as const })))
    }))
  ],
  ['a member of a group that subscribes to many topics', 80, subscribing((names) => subscribe(...names))],
  ['a member of a group that subscribes to them by a pattern', 80, subscribing(() => subscribe(/^topic-/))],
  ['keys of a JSON object', 5_000, decodingKeys('last')],
  ['keys of a JSON object, each once', 5_000, decodingKeys('refuse')]
]

/** Processor time: other work on the machine counts less in it than on the clock. */
const cpuMs = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
const least = (workload: Workload, size: number): number => Math.min(...range(3).map(() => cpuMs(workload(size))))

// Beyond the processor's caches, and before all of it is compiled, 32 times as much takes up to a hundred times as long. What is
// quadratic takes a thousand.
describe('32 times as much takes no thousand times as long', () => {
  it.each(workloads)('%s', (_what, size, workload) => {
    least(workload, size)
    expect(least(workload, 8 * size)).toBeLessThan(300 * Math.max(1, least(workload, size / 4)))
  })
})
