import { interval, lastValueFrom, map, Subject, takeUntil } from 'rxjs'
import { expect } from 'vitest'
import { type ConsumerConfig, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { until } from './collect.js'
import type { GroupLog, GroupMember } from './group-member.js'
import { uniqueName } from './kafka.js'
import { truthOf } from './kafkajs-truth.js'
import { ourMember, type OurMember } from './our-member.js'

/** Who holds which partitions, by the member's name. */
export type Shares = ReadonlyMap<string, ReadonlySet<number>>

/** A topic that is written to all the time, and who of the group of the same name owned and handled what. */
export interface MixedGroup {
  readonly topic: string
  readonly log: GroupLog
  /** Another member of this library's. */
  readonly ours: (config: Partial<ConsumerConfig>) => OurMember
  /** Waits until these members share all partitions out evenly, each to one of them, and some more records are handled. */
  readonly atRest: (...members: readonly GroupMember[]) => Promise<Shares>
  /** Waits until so many more records are handled of each partition. */
  readonly flows: (more: number) => Promise<void>
  /**
   * Ends the writing; when each record is handled the members leave. Everything has to be committed then, and no partition
   * was two members' in one generation.
   */
  readonly end: (...members: readonly GroupMember[]) => Promise<void>
  /** The records that were handled more than once, and by whom. */
  readonly repeated: () => readonly string[]
}

/** The partitions that went from one member to another though both were there before and after. */
export const swapped = (before: Shares, after: Shares): readonly string[] =>
  [...after].flatMap(([to, held]) =>
    [...before]
      .filter(([from]) => from !== to && before.has(to) && after.has(from))
      .flatMap(([from, had]) =>
        [...had]
          .filter((partition) => held.has(partition))
          .map((partition) => `${String(partition)} from ${from} to ${to}`)
      )
  )

/** Within any step of a test some records are written. */
const recordEveryMs = 10
const recordsAtRest = 3
const withinMs = 45_000

export const mixedGroup = async (brokers: string, partitions: number, prefix: string): Promise<MixedGroup> => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const topic = uniqueName(prefix)
  await cluster.createTopics([{ topic, partitions }])
  /** For each partition who handled which offset. */
  const handledBy = Array.from({ length: partitions }, () => new Map<bigint, string[]>())
  const countsOf = (): readonly number[] => handledBy.map(({ size }) => size)
  const ownerOf = new Map<string, string>()
  const ownedByTwo: string[] = []
  const enough = new Subject<void>()
  const writing = lastValueFrom(
    interval(recordEveryMs).pipe(
      takeUntil(enough),
      map((number) => ({ partition: number % partitions, value: String(number) })),
      produceTo(cluster, { topic })
    )
  )

  const log: GroupLog = {
    handled: (member, partition, offset) => {
      const before = handledBy[partition]?.get(offset)
      if (before === undefined) handledBy[partition]?.set(offset, [member])
      else before.push(member)
    },
    owns: (owner, generation, owned) => {
      for (const partition of owned) {
        const place = `${String(partition)} in generation ${String(generation)}`
        const other = ownerOf.get(place) ?? owner
        if (other !== owner) ownedByTwo.push(`${place}: ${other} and ${owner}`)
        ownerOf.set(place, owner)
      }
    }
  }

  const flows: MixedGroup['flows'] = (more) => {
    const before = countsOf()
    const grown = (): boolean => countsOf().every((count, partition) => count >= (before[partition] ?? 0) + more)
    return until(grown, `${String(more)} more records of each partition of ${topic}`, withinMs)
  }

  const isAtRest = (members: readonly GroupMember[]): boolean => {
    const shares = members.map(({ held }) => held.size)
    const owned = new Set(members.flatMap(({ held }) => [...held]))
    const total = shares.reduce((sum, share) => sum + share, 0)
    return total === partitions && owned.size === partitions && Math.max(...shares) - Math.min(...shares) <= 1
  }

  const atRest: MixedGroup['atRest'] = async (...members) => {
    const settled = (): boolean => isAtRest(members) || members.some(({ failure }) => failure !== null)
    await until(settled, `${topic} at rest`, withinMs).catch(() => undefined)
    await (isAtRest(members) ? flows(recordsAtRest) : undefined)
    if (!isAtRest(members)) {
      const told = members.map(({ name, held, failure }) => `${name}: ${failure ?? [...held].join(',')}`)
      throw new Error(`${topic} is not at rest: ${told.join('; ')}`)
    }
    return new Map(members.map(({ name, held }) => [name, new Set(held)]))
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
    expect(ownedByTwo).toEqual([])
  }

  const repeated: MixedGroup['repeated'] = () =>
    handledBy.flatMap((offsets, partition) =>
      [...offsets]
        .filter(([, names]) => names.length > 1)
        .map(([offset, names]) => `${String(partition)}/${String(offset)} by ${names.join(' and ')}`)
    )

  const ours: MixedGroup['ours'] = (config) => ourMember(cluster, topic, config, log)
  return { topic, log, ours, atRest, flows, end, repeated }
}
