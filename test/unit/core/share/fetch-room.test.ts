import { describe, expect, it } from 'vitest'
import { FetchRoom } from '../../../../src/core/share/fetch-room.js'
import type { AcquireMode } from '../../../../src/core/share/share-messages.js'
import { ShareNode } from '../../../../src/core/share/share-node.js'
import { acquired } from '../../../support/acquired.js'

const roomFor = (brokers: number, acquireMode: AcquireMode = 'batch_optimized'): FetchRoom => {
  const room = new FetchRoom({ maxInFlight: 20, maxPollRecords: 8, acquireMode })
  room.dividedBy(brokers)
  return room
}
/** A broker with so many locked records. */
const nodeOf = (locked: number): ShareNode => {
  const node = new ShareNode(1)
  if (locked > 0) node.batches.add(acquired(0, locked - 1))
  return node
}

describe('FetchRoom', () => {
  it('gives each broker an equal share, and fetches into half of it or max.poll.records', () => {
    const allows = (room: FetchRoom, locked: number): boolean => room.allowsFetch(nodeOf(locked))
    expect([12, 13].map((locked) => allows(roomFor(1), locked))).toEqual([true, false])
    expect([2, 3].map((locked) => allows(roomFor(4), locked))).toEqual([true, false])
    expect([0, 1].map((locked) => allows(roomFor(0), locked))).toEqual([true, true])
  })

  it('requests no more than there is room for', () => {
    expect([0, 12, 14].map((locked) => roomFor(1).maxRecordsOf(nodeOf(locked)))).toEqual([8, 8, 8])
    expect([0, 2].map((locked) => roomFor(4).maxRecordsOf(nodeOf(locked)))).toEqual([5, 3])
  })

  it('fetches ahead of room only by whole batches: record_limit keeps to maxInFlight', () => {
    const node = nodeOf(21)
    const [room, limited] = [roomFor(1), roomFor(1, 'record_limit')]
    expect([8, 9].map((acquired) => room.isLarge(acquired))).toEqual([false, true])
    node.pace.fetched(0, true, 10)
    expect(room.allowsFetch(node)).toBe(false)
    for (let one = 0; one < 3; one++) node.pace.recordAcknowledged(11)
    expect([room.allowsFetch(node), limited.allowsFetch(node)]).toEqual([true, false])
    expect(room.isFull(node)).toBe(true)
    expect(room.maxRecordsOf(node)).toBe(8)
  })
})
