import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { AssignableMember, Assignment, PartitionRacks } from '../../src/core/group/assignors/assignor.js'
import { partitionKey, type TopicPartition } from '../../src/model/topic-partition.js'
import { member } from './members.js'
import { partitionsOf } from './partitions.js'

/** A group, and what Kafka's Java client made of it. */
export interface JavaCase {
  /** Without user data, which depends on the assignor. */
  readonly members: readonly AssignableMember[]
  readonly topics: ReadonlyMap<string, PartitionRacks>
  readonly places: readonly TopicPartition[]
  readonly java: Readonly<Record<JavaAssignor, Outcome>>
}

export type JavaAssignor = 'range' | 'roundrobin' | 'sticky' | 'cooperative'

/** Whose each of the places is: the member's index, or a dot; Java's may be `!` where it threw. */
export type Outcome = string

type Line = Readonly<Record<JavaAssignor, string>> & {
  readonly topics: readonly (readonly [string, number, string?])[]
  readonly members: readonly (readonly [
    string,
    string | null,
    string,
    number,
    readonly (readonly number[])[],
    (string | null)?
  ])[]
}

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/assignors/${name}`, import.meta.url))

/** The stored cases; `fixtures/assignors/README.md` says how they are made. */
export const javaCases = (name: 'java-4.1.0' | 'java-4.1.0-racks' = 'java-4.1.0'): readonly JavaCase[] =>
  gunzipSync(fixture(`${name}.jsonl.gz`))
    .toString()
    .trimEnd()
    .split('\n')
    .map(readCase)

export const readCase = (text: string): JavaCase => {
  const line = JSON.parse(text) as Line
  const topic = (index: number): string => line.topics[index]?.[0] ?? 'nowhere'
  return {
    members: line.members.map(([id, groupInstanceId, topics, generation, owned, rack = null]) =>
      member(
        id,
        Array.from(topics, (index) => topic(index === '*' ? -1 : Number(index))),
        {
          groupInstanceId,
          generation,
          rack,
          owned: owned.flatMap(([index, ...partitions]) =>
            partitions.map((partition) => ({ topic: topic(index ?? -1), partition }))
          )
        }
      )
    ),
    topics: partitionsOf(
      Object.fromEntries(
        line.topics.map(([name, count, racks]) => [name, count > 0 ? (racks?.split(',') ?? count) : 0])
      )
    ),
    places: line.topics.flatMap(([name, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition }))
    ),
    java: line
  }
}

/** An assignment as the fixture writes it; a partition that is given twice, or that does not exist, is an error. */
export const outcomeOf = ({ members, places }: JavaCase, given: Assignment): Outcome => {
  const owners = new Map<string, number>()
  members.forEach(({ memberId }, index) => {
    for (const { topic, partition } of given.get(memberId) ?? []) {
      const key = partitionKey(topic, partition)
      if (owners.has(key)) throw new Error(`${key} was given twice`)
      owners.set(key, index)
    }
  })
  const outcome = places.map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const owner = owners.get(key)
    owners.delete(key)
    return owner ?? '.'
  })
  if (owners.size > 0) throw new Error(`there are no ${[...owners.keys()].join(', ')}`)
  return outcome.join('')
}

/** What Java's members send: their partitions and generation, and each sticky assignor's user data in hex. */
export interface JavaUserData {
  readonly owned: readonly TopicPartition[]
  readonly generation: number
  readonly sticky: string | null
  readonly cooperative: string
}

export const javaUserData = (): readonly JavaUserData[] =>
  fixture('java-4.1.0-user-data.jsonl')
    .toString()
    .trimEnd()
    .split('\n')
    .map((text) => {
      const line = JSON.parse(text) as Omit<JavaUserData, 'owned'> & { owned: readonly (readonly [string, number])[] }
      return { ...line, owned: line.owned.map(([topic, partition]) => ({ topic, partition })) }
    })
