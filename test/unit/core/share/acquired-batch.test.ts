import { describe, expect, it } from 'vitest'
import { acquired, batchesAsText } from '../../../support/acquired.js'

const nothing = { accept: 0, release: 0, reject: 0, lost: 0 }

describe('AcquiredBatch', () => {
  it('sends each acknowledgement once, as ranges of one type or with a type for each', () => {
    const batch = acquired(10, 19)
    for (const seq of [0, 1, 2]) batch.acknowledge(seq, 'accept')
    batch.acknowledge(4, 'release')
    batch.acknowledge(5, 'gap')
    expect(batchesAsText(batch.take())).toBe('10-12:1 14-15:20')
    expect(batchesAsText(batch.take())).toBe('')
    expect([batch.locked, batch.pending, batch.sent, batch.isDone]).toEqual([5, 0, 5, false])
  })

  it('takes one acknowledgement of a record, and none of one whose lock is lost', () => {
    const batch = acquired(0, 2)
    expect(batch.acknowledge(0, 'accept')).toBe(true)
    expect(batch.acknowledge(0, 'release')).toBe(false)
    expect(batch.lose()).toBe(3)
    expect(batch.acknowledge(1, 'accept')).toBe(false)
    expect([batch.isDone, batch.fates()]).toEqual([true, [{ first: 0n, last: 2n, fate: 'lost' }]])
  })

  it('knows an outcome only once the broker has answered, and counts no gaps', () => {
    const batch = acquired(0, 4)
    batch.acknowledge(0, 'accept')
    batch.acknowledge(1, 'gap')
    batch.acknowledge(2, 'reject')
    batch.take()
    batch.acknowledge(3, 'release')
    expect(batch.fates()).toEqual([])
    expect(batch.answered('done')).toEqual({ ...nothing, accept: 1, reject: 1 })
    expect(batch.fates().map(({ first, fate }) => `${String(first)} ${fate}`)).toEqual(['0 accept', '2 reject'])
    // What is under way when the lock is lost is for the answer to say.
    batch.take()
    expect(batch.lose()).toBe(1)
    expect(batch.answered('lost')).toEqual({ ...nothing, lost: 1 })
    expect(batch.isDone).toBe(true)
  })

  it('sends refused acknowledgements again, as many as are asked for, and loses them with their lock', () => {
    const batch = acquired(0, 9)
    batch.acknowledgeRest('accept')
    batch.take()
    expect(batch.answered('refused')).toEqual(nothing)
    expect([batch.pending, batch.unsent, batch.isDone]).toEqual([10, 0, false])
    expect(batchesAsText(batch.takeRefused(0, 4))).toBe('0-3:1')
    expect(batch.sentRecords()).toEqual([0, 1, 2, 3])
    expect(batch.answered('done')).toEqual({ ...nothing, accept: 4 })
    expect([batch.lose(), batch.pending, batch.isDone]).toEqual([6, 0, true])
    expect(batchesAsText(batch.takeRefused(4, 10))).toBe('')
  })

  it('renews what is not acknowledged, from the request on', () => {
    const batch = acquired(0, 3)
    expect([batch.renewAt, batch.deadline]).toEqual([20_000, 30_000])
    batch.acknowledge(1, 'accept')
    expect(batchesAsText(batch.renewals())).toBe('0-0:4 2-3:4')
    batch.renewed(21_000, 30_000)
    expect([batch.renewAt, batch.deadline]).toEqual([41_000, 51_000])
    batch.runsOut()
    expect([batch.renewAt, batch.deadline]).toEqual([Infinity, 51_000])
  })

  it('says that work on a released, rejected or lost record is useless', () => {
    const batch = acquired(0, 3)
    batch.acknowledge(0, 'accept')
    batch.acknowledge(1, 'release')
    batch.acknowledge(2, 'reject')
    expect([0, 1, 2, 3].map((seq) => batch.isInVain(seq))).toEqual([false, true, true, false])
    batch.lose()
    expect([0, 1, 2, 3].map((seq) => batch.isLost(seq))).toEqual([true, true, true, true])
  })
})
