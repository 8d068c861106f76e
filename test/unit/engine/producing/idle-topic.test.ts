import { describe, expect, it } from 'vitest'
import { partitionForKey } from '../../../../src/core/producing/murmur2.js'
import { Producing } from '../../../support/producing.js'

const key = (at: number): string => `key ${String(at)}`

/** Writes a record of each key; gives their partitions. */
const partitions = (on: Producing, keys: number): readonly number[] => {
  const found: number[] = []
  for (let at = 0; at < keys; at++)
    on.session.send(
      { topic: 't', key: key(at), value: String(at), headers: [] },
      { written: (index, _topic, partition) => (found[index] = partition), failed: () => undefined },
      at
    )
  on.clock.advance(1_000)
  return found
}

const expected = (keys: number, count: number): readonly number[] =>
  Array.from({ length: keys }, (_, at) => partitionForKey(new TextEncoder().encode(key(at)), count))

describe('a topic that nothing was written to for metadata.max.age.ms', () => {
  it('is asked about before the next record: it may have more partitions by now', () => {
    const on = new Producing(3)
    expect(partitions(on, 20)).toEqual(expected(20, 3))
    on.cluster.createTopic('t', 7)
    on.clock.advance(3_600_000)
    expect(partitions(on, 20)).toEqual(expected(20, 7))
  })

  it('is written to in order meanwhile', () => {
    const on = new Producing(1)
    on.send()
    on.clock.advance(300_000)
    for (let more = 0; more < 5; more++) on.send()
    on.clock.advance(1_000)
    expect(on.log()).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('is not asked about again and again while it is written to', () => {
    const on = new Producing(1, { 'metadata.max.age.ms': 10_000 })
    for (let at = 0; at < 100; at++) {
      on.send()
      on.clock.advance(1_000)
    }
    expect(on.told.filter((told) => told.length === 1)).toHaveLength(100)
  })
})
