import { describe, expect, it } from 'vitest'
import { ShareSessionHandler } from '../../../../src/core/share/share-session-handler.js'

const place = (partition: number) => ({ topicId: 'T', partition })
const acknowledged = [{ ...place(1), batches: [{ firstOffset: 0n, lastOffset: 0n, types: [1] }] }]

describe('ShareSession', () => {
  it('forgets a partition again that is listed only for its acknowledgements', () => {
    const session = new ShareSessionHandler()
    expect(session.fetch([place(0), place(1)], [])).toMatchObject({ sessionEpoch: 0, forgotten: [] })
    session.answered()
    expect(session.fetch([place(0)], [])).toMatchObject({ sessionEpoch: 1, partitions: [], forgotten: [place(1)] })
    session.answered()
    const late = session.fetch([place(0)], acknowledged)
    expect(late.partitions.map(({ partition }) => partition)).toEqual([1])
    expect(late.forgotten).toEqual([place(1)])
  })

  it('counts its epochs from one answer to the next, and begins anew after a reset', () => {
    const session = new ShareSessionHandler()
    expect([session.isOpen, session.fetch([place(0)], []).sessionEpoch]).toEqual([false, 0])
    session.answered()
    session.answered()
    expect([session.isOpen, session.acknowledge(acknowledged).sessionEpoch]).toEqual([true, 2])
    session.reset()
    expect(session.fetch([place(0)], [])).toMatchObject({
      sessionEpoch: 0,
      partitions: [{ partition: 0 }],
      forgotten: []
    })
  })
})
