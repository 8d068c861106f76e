import { describe, expect, it } from 'vitest'
import { PartitionMovements } from '../../../../../src/core/group/assignors/partition-movements.js'

const p = { topic: 't', partition: 0 }
const q = { topic: 't', partition: 1 }
const other = { topic: 'u', partition: 0 }

describe('PartitionMovements', () => {
  it('moves the partition itself where nothing came the other way', () => {
    const movements = new PartitionMovements()
    movements.moved({ place: q, from: 'a', to: 'b' })
    movements.moved({ place: other, from: 'b', to: 'a' })
    expect(movements.moving(p, 'a', 'b')).toEqual([{ place: p, from: 'a', to: 'b' }])
    expect(movements.moving(p, 'a', 'c')).toEqual([{ place: p, from: 'a', to: 'c' }])
  })

  it('moves back one of the same topic that came the other way', () => {
    const movements = new PartitionMovements()
    movements.moved({ place: q, from: 'b', to: 'a' })
    expect(movements.moving(p, 'a', 'b')).toEqual([{ place: q, from: 'a', to: 'b' }])
  })

  it('forgets what is back where it was', () => {
    const movements = new PartitionMovements()
    movements.moved({ place: q, from: 'b', to: 'c' })
    movements.moved({ place: q, from: 'c', to: 'a' })
    movements.moved({ place: q, from: 'a', to: 'b' })
    expect(movements.moving(p, 'a', 'b')).toEqual([{ place: p, from: 'a', to: 'b' }])
  })

  it('counts two movements of one partition as one', () => {
    const movements = new PartitionMovements()
    movements.moved({ place: q, from: 'b', to: 'c' })
    movements.moved({ place: q, from: 'c', to: 'a' })
    expect(movements.moving(p, 'a', 'c')).toEqual([{ place: p, from: 'a', to: 'c' }])
    expect(movements.moving(p, 'a', 'b')).toEqual([{ place: q, from: 'a', to: 'b' }])
  })

  it('moves two partitions back rather than one further: the receiver gains one, the giver loses one', () => {
    const movements = new PartitionMovements()
    movements.moved({ place: p, from: 'c', to: 'a' })
    movements.moved({ place: q, from: 'b', to: 'c' })
    expect(movements.moving(p, 'a', 'b')).toEqual([
      { place: q, from: 'c', to: 'b' },
      { place: p, from: 'a', to: 'c' }
    ])
  })
})
