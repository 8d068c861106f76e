import { describe, expect, it } from 'vitest'
import { atOnce, eachInTurn, requestedPartitions } from '../../../../../src/sources/kafka/protocol/in-turns.js'

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** The number of turns, and the value. */
const turnsOf = <A>(slices: Generator<undefined, A>): readonly [number, A] => {
  for (let turns = 1; ; turns++) {
    const slice = slices.next()
    if (slice.done === true) return [turns, slice.value]
  }
}

const partitionsOf = (name: string, ...partitions: readonly number[]) => ({
  name,
  partitions: partitions.map((partitionIndex) => ({ partitionIndex }))
})

const placesIn = (topics: readonly ReturnType<typeof partitionsOf>[], requested: 'all' | readonly string[]) =>
  atOnce(
    requestedPartitions(
      topics,
      requested === 'all' ? 'all' : requested.map((topic) => ({ topic, partition: 0 })),
      ({ topic, partition }) => `${topic}/${String(partition)}`
    )
  )

describe('eachInTurn', () => {
  it('yields to others after 4,096 items, and keeps their order', () => {
    const [turns, made] = turnsOf(eachInTurn(numbers(10_000), (item) => item * 2))
    expect([turns, made.length, made[9_999]]).toEqual([3, 10_000, 19_998])
  })
})

describe('requestedPartitions', () => {
  it('skips partitions that were not requested, and repetitions', () => {
    const topics = [partitionsOf('a', 0, 1, 0), partitionsOf('b', 0)]
    expect(placesIn(topics, ['a'])).toEqual(['a/0'])
    expect(placesIn(topics, 'all')).toEqual(['a/0', 'a/1', 'a/0', 'b/0'])
  })

  it('takes turns over nested lists too', () => {
    const topics = numbers(3_000).map((index) => partitionsOf(String(index), 0))
    const [turns, places] = turnsOf(requestedPartitions(topics, 'all', ({ topic }) => topic))
    expect([turns, places.length]).toEqual([2, 3_000])
  })
})
