import { describe, expect, it } from 'vitest'
import { ChosenPartitions } from '../../../../src/core/group/chosen-partitions.js'

const of = (...partitions: readonly number[]) => partitions.map((partition) => ({ topic: 't', partition }))

const holding = (...partitions: readonly number[]): ChosenPartitions => {
  const chosen = new ChosenPartitions()
  chosen.choose(of(...partitions))
  chosen.begin()
  return chosen
}

describe('ChosenPartitions', () => {
  it('begins chosen partitions once, and says what it keeps', () => {
    const chosen = holding(0, 1)
    expect(chosen.choose(of(1, 2))).toEqual(of(0))
    expect(chosen.begin()).toEqual({ gained: of(2), kept: of(1) })
    expect(chosen.begin()).toEqual({ gained: [], kept: of(1, 2) })
  })

  it('revokes once what is not chosen any more', () => {
    const chosen = holding(0, 1)
    expect([chosen.choose(of(1)), chosen.choose(of(1)), chosen.choose(of(2))]).toEqual([of(0), [], of(1)])
  })

  it('begins what is chosen again when it is released, and neither keeps it nor begins it before', () => {
    const chosen = holding(0, 1)
    chosen.choose(of(1))
    chosen.choose(of(0, 1))
    expect(chosen.begin()).toEqual({ gained: [], kept: of(1) })
    chosen.release(of(0))
    expect(chosen.begin()).toEqual({ gained: of(0), kept: of(1) })
    expect(chosen.choose(of(1))).toEqual(of(0))
  })

  it('tells partitions of several topics apart', () => {
    const chosen = holding(0)
    expect(chosen.choose([{ topic: 'u', partition: 0 }])).toEqual(of(0))
  })
})
