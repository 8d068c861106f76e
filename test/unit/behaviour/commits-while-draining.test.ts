import { mergeAll } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { consumer, type ConsumerConfig, type OffsetToCommit, subscribe } from '../../../src/index.js'
import { group, rig, type Rig } from '../../support/rig.js'

const at = (offset: bigint): OffsetToCommit => ({ topic: 'orders', partition: 0, offset })

/** Three records are delivered, and nobody acknowledges them but by offsets. */
const working = (config: Partial<ConsumerConfig> = {}): Rig => {
  const made = rig(1, { 'enable.auto.commit': false, 'drain.timeout.ms': 5_000, ...config }, 3)
  made.orders.pipe(mergeAll()).subscribe()
  made.clock.advance(100)
  return made
}

/** Another member joins: an eager group takes everything away first. */
const another = ({ cluster, clock }: Rig): void => {
  consumer(cluster, { 'group.id': group, subscription: subscribe('orders'), ...eager })
    .pipe(mergeAll())
    .subscribe()
  clock.advance(3_500)
}
const eager: Partial<ConsumerConfig> = { 'partition.assignment.strategy': ['range'] }

const answerOf = async ({ clock, orders }: Rig, offset: bigint, inMs = 100): Promise<unknown> => {
  const answer = orders.commitSync([at(offset)]).catch((error: unknown) => error)
  clock.advance(inMs)
  return answer
}

describe('offsets that are committed while their partition drains', () => {
  it('are stored, and what they acknowledge is waited for no longer', async () => {
    const made = working()
    const drained = made.orders.drain()
    made.clock.advance(1_000)
    expect(made.orders.positions()).toMatchObject([{ standing: 'draining' }])
    expect(await answerOf(made, 3n)).toEqual([at(3n)])
    expect(await drained).toMatchObject({ outcome: 'drained', partitions: [{ committed: 3n, repeated: 0 }] })
    expect(made.committed()).toEqual([3n])
  })

  it('one by one, as the work ends: what is left at the deadline is repeated', async () => {
    const made = working()
    const drained = made.orders.drain()
    made.clock.advance(1_000)
    expect(await answerOf(made, 1n)).toEqual([at(1n)])
    expect(await answerOf(made, 2n)).toEqual([at(2n)])
    made.clock.advance(10_000)
    expect(await drained).toMatchObject({
      outcome: 'deadline',
      partitions: [{ outcome: 'timed out', committed: 2n, repeated: 1 }]
    })
    expect(made.committed()).toEqual([2n])
  })

  it('are stored while the group takes the partition away', async () => {
    const made = working({ ...eager, 'heartbeat.interval.ms': 3_000 })
    another(made)
    expect(made.orders.positions()).toMatchObject([{ standing: 'draining' }])
    expect(await answerOf(made, 3n)).toEqual([at(3n)])
    made.clock.advance(3_000)
    const revoked = made.rebalances.find(({ _tag }) => _tag === 'revoked')
    expect(revoked).toMatchObject({ partitions: [{ outcome: 'drained', committed: 3n, repeated: 0 }] })
  })

  it('are refused beyond what was delivered, and once the partition is released', async () => {
    const made = working()
    void made.orders.drain()
    made.clock.advance(1_000)
    expect(await answerOf(made, 4n)).toMatchObject({ fault: { _tag: 'OffsetRefusedFault' } })
    made.clock.advance(10_000)
    expect(await answerOf(made, 3n)).toMatchObject({ fault: { _tag: 'ClosedFault' } })
    expect(made.committed()).toEqual([null])
  })

  it('are refused after a close: nothing is acknowledged any more', async () => {
    const made = working()
    made.cluster.failNext('LeaveGroup', 'disconnect', 1)
    void made.orders.close()
    expect(await answerOf(made, 3n)).toMatchObject({
      fault: { _tag: expect.stringMatching(/OffsetRefused|Closed/) as string }
    })
    expect(made.committed()).toEqual([null])
  })
})
