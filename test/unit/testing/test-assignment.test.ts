import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { testAssignment, type TestAssignment } from '../../../src/testing.js'

/** The values that the pipeline of each partition has handled, by its number. */
const handledOf = ({
  streams
}: TestAssignment): { readonly seen: readonly string[]; readonly ends: readonly string[] } => {
  const seen: string[] = []
  const ends: string[] = []
  streams
    .pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(({ value }) => {
            seen.push(`${String(partition.partition)} ${new TextDecoder().decode(value ?? undefined)}`)
          }),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ complete: () => ends.push('complete') })
  return { seen, ends }
}

describe('testAssignment', () => {
  it('emits what is assigned and what is gained later, each with an end of its own', () => {
    const assignment = testAssignment({ topic: 'orders', partitions: 2 })
    const { seen, ends } = handledOf(assignment)
    assignment.partitions[1]?.deliver({ value: 'a' })
    const third = assignment.gain({ offset: 7n })
    third.deliver({ value: 'b' })
    expect(seen).toEqual(['1 a', '2 b'])
    expect(assignment.partitions.map(({ topic, stored }) => [topic, stored])).toEqual([
      ['orders', []],
      ['orders', [1n]],
      ['orders', [8n]]
    ])
    assignment.partitions[1]?.drain()
    assignment.partitions[0]?.deliver({ value: 'c' })
    expect(assignment.partitions.map(({ isSubscribed }) => isSubscribed)).toEqual([true, false, true])
    expect([seen.at(-1), ends]).toEqual(['0 c', []])
  })

  it('ends with all of its partitions', () => {
    const assignment = testAssignment({ partitions: 2 })
    const { ends } = handledOf(assignment)
    assignment.end()
    expect(ends).toEqual(['complete'])
  })
})
