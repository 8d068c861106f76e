import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, interval, lastValueFrom, map, Subject, takeUntil, timer } from 'rxjs'
import { expect } from 'vitest'
import {
  type Cluster,
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  eachPartition,
  handle,
  produceTo,
  type RebalanceEvent,
  subscribe
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import type { RebalanceSummary } from '../../src/model/rebalance-event.js'
import { type Collected, collect, until } from './collect.js'
import { uniqueName } from './kafka.js'
import { truthOf } from './kafkajs-truth.js'

/** Anyone in the group, whatever its client. */
export interface AnyMember {
  readonly name: string
  readonly memberId: string
  /** the numbers of the partitions that it reads */
  readonly held: ReadonlySet<number>
  readonly leave: () => Promise<void>
}

/** A member that is this library's. */
export interface OurMember extends AnyMember {
  readonly reader: Consumer
  readonly run: Collected<unknown>
  readonly rebalances: readonly RebalanceEvent[]
  readonly generation: number
  /** How it came to what it has, as the last rebalance said. */
  readonly rebalance: RebalanceSummary | null
}

/** A topic that is written to all the time, and who of its group handled which record. */
export interface MixedGroup {
  readonly topic: string
  readonly groupId: string
  readonly handled: (name: string, partition: number, offset: bigint) => void
  /** Another member of this library's. */
  readonly ours: (config: Partial<ConsumerConfig>) => OurMember
  /** Waits until these members share all partitions out evenly, each to one of them, and some more records are handled. */
  readonly atRest: (...members: readonly AnyMember[]) => Promise<void>
  /** Waits until so many more records are handled of each partition. */
  readonly flows: (more: number) => Promise<void>
  /** Ends the writing; when each record is handled the members leave, and everything has to be committed. */
  readonly end: (...members: readonly AnyMember[]) => Promise<void>
  /** The records that were handled more than once, and by whom. */
  readonly repeated: () => readonly string[]
}

export const heartbeatMs = 200
export const sessionMs = 10_000

/** Within any step of a test some records are written. */
const recordEveryMs = 10
const recordsAtRest = 3
const withinMs = 45_000

export const mixedGroup = async (brokers: string, partitions: number, prefix: string): Promise<MixedGroup> => {
  const cluster: Cluster = kafka({ 'bootstrap.servers': brokers })
  const topic = uniqueName(prefix)
  expect(isLeft(await firstValueFrom(cluster.createTopics([{ topic, partitions }])))).toBe(false)
  const numbers = Array.from({ length: partitions }, (_, partition) => partition)
  /** For each partition who handled which offset. */
  const handledBy = numbers.map(() => new Map<bigint, string[]>())
  const countsOf = (): readonly number[] => handledBy.map(({ size }) => size)
  const enough = new Subject<void>()
  const writing = lastValueFrom(
    interval(recordEveryMs).pipe(
      takeUntil(enough),
      map((number) => ({ partition: number % partitions, value: String(number) })),
      produceTo(cluster, { topic })
    )
  )
  let born = 0

  const handled: MixedGroup['handled'] = (name, partition, offset) => {
    const offsets = handledBy[partition]
    const before = offsets?.get(offset)
    if (before === undefined) offsets?.set(offset, [name])
    else before.push(name)
  }

  const flows: MixedGroup['flows'] = (more) => {
    const before = countsOf()
    const grown = (): boolean => countsOf().every((count, partition) => count >= (before[partition] ?? 0) + more)
    return until(grown, `${String(more)} more records of each partition of ${topic}`, withinMs)
  }

  const ours: MixedGroup['ours'] = (config) => {
    const name = `ours-${String(born++)}`
    const reader = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'heartbeat.interval.ms': heartbeatMs,
      'session.timeout.ms': sessionMs,
      subscription: subscribe(topic),
      ...config
    })
    return ourMember(name, reader, (partition, offset) => {
      handled(name, partition, offset)
    })
  }

  const isAtRest = (members: readonly AnyMember[]): boolean => {
    const shares = members.map(({ held }) => held.size)
    const owned = new Set(members.flatMap(({ held }) => [...held]))
    const total = shares.reduce((sum, share) => sum + share, 0)
    return total === partitions && owned.size === partitions && Math.max(...shares) - Math.min(...shares) <= 1
  }

  const atRest: MixedGroup['atRest'] = async (...members) => {
    try {
      await until(() => isAtRest(members), 'rest', withinMs)
    } catch (cause) {
      const shares = members.map(({ name, held }) => `${name}: ${[...held].join(',')}`)
      throw new Error(`${topic} has not come to rest: ${shares.join('; ')}`, { cause })
    }
    await flows(recordsAtRest)
    expect(isAtRest(members)).toBe(true)
  }

  const end: MixedGroup['end'] = async (...members) => {
    enough.next()
    await writing
    const truth = await truthOf(brokers)
    const ends = await truth.ends(topic)
    const all = (): boolean => countsOf().every((count, partition) => BigInt(count) === ends.get(partition))
    await until(all, `every record of ${topic} handled`, withinMs)
    for (const member of members) await member.leave()
    expect(await truth.committed(topic, topic)).toEqual(ends)
    await truth.close()
  }

  const repeated = (): readonly string[] =>
    handledBy.flatMap((offsets, partition) =>
      [...offsets]
        .filter(([, names]) => names.length > 1)
        .map(([offset, names]) => `${String(partition)}/${String(offset)} by ${names.join(' and ')}`)
    )

  return { topic, groupId: topic, handled, ours, atRest, flows, end, repeated }
}

const ourMember = (name: string, reader: Consumer, handled: (partition: number, offset: bigint) => void): OurMember => {
  const { values: rebalances } = collect(reader.rebalances)
  const run = collect(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          // Takes a moment, so that a rebalance meets work under way.
          handle(({ partition, offset }) =>
            timer(1).pipe(
              map(() => {
                handled(partition, offset)
              })
            )
          ),
          commit({ every: 100, withinMs: 200 })
        )
      )
    )
  )
  const assigned = (): Assigned | undefined => rebalances.filter((event) => event._tag === 'assigned').at(-1)
  return {
    name,
    reader,
    run,
    rebalances,
    get generation() {
      return assigned()?.generation ?? -1
    },
    get rebalance() {
      return assigned()?.rebalance ?? null
    },
    get memberId() {
      return assigned()?.rebalance?.memberId ?? ''
    },
    get held() {
      return new Set(reader.positions().map(({ partition }) => partition))
    },
    leave: async () => {
      const { outcome } = await reader.drain()
      expect(outcome).toBe('drained')
      expect(await run.ended).toBe('complete')
    }
  }
}

type Assigned = Extract<RebalanceEvent, { readonly _tag: 'assigned' }>
