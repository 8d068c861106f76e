import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, type ConsumerConfig, eachPartition, handle, subscribe } from '../../../src/index.js'
import { group } from '../../support/rig.js'
import { slowAnswer, tappedCluster } from '../../support/tapped-cluster.js'

const down = left({ _tag: 'ConnectionFault', broker: 'b:1', reason: 'refused' } as const)

const ofTheGroup = ['joinGroup', 'syncGroup', 'heartbeat', 'offsetCommit', 'offsetFetch']

/** A consumer that can be cut off from all brokers, or from the group's coordinator. */
const reader = (config: Partial<ConsumerConfig>) => {
  let cut: 'nothing' | 'all' | 'the coordinator' = 'nothing'
  const { clock, cluster, produce } = tappedCluster(1, (calls, time) =>
    Object.fromEntries(
      Object.entries(calls)
        .filter(([name]) => name !== 'close')
        .map(([name, call]: [string, (...given: never[]) => unknown]) => [
          name,
          (...given: never[]) =>
            cut === 'all' || (cut === 'the coordinator' && ofTheGroup.includes(name))
              ? slowAnswer(time, 1, of(down))
              : call.call(calls, ...given)
        ])
    )
  )
  produce(0, '0')
  const orders = consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'session.timeout.ms': 120_000,
    subscription: subscribe('orders'),
    ...config
  })
  const ended: unknown[] = []
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle(() => undefined),
          commit()
        )
      )
    )
    .subscribe({ error: (error: unknown) => ended.push(error), complete: () => ended.push('complete') })
  const cutOff = (from: typeof cut): void => {
    cut = from
  }
  return { clock, orders, ended, cutOff }
}

describe('unreachable.timeout.ms', () => {
  it.each([
    ['all', 'any broker'],
    ['the coordinator', 'the coordinator']
  ] as const)('ends the consumer when %s could not be reached for so long, and not before', (from, what) => {
    const { clock, ended, cutOff } = reader({ 'unreachable.timeout.ms': 20_000 })
    clock.advance(5_000)
    cutOff(from)
    clock.advance(18_000)
    expect(ended).toEqual([])
    clock.advance(3_000)
    expect(ended).toMatchObject([
      {
        fault: {
          _tag: 'UnreachableFault',
          what,
          forMs: expect.closeTo(20_000, -4) as number,
          fault: { _tag: 'ConnectionFault' }
        }
      }
    ])
    expect((ended[0] as Error).message).toMatch(/could not be reached for 2\d{4} ms: .*refused/)
    clock.advance(200_000)
    expect(clock.pending).toBe(0)
  })

  it('counts from the start where nothing was ever reached', () => {
    const { clock, ended, cutOff } = reader({ 'unreachable.timeout.ms': 20_000 })
    cutOff('all')
    clock.advance(19_900)
    expect(ended).toEqual([])
    clock.advance(200)
    expect(ended).toMatchObject([{ fault: { _tag: 'UnreachableFault' } }])
  })

  it('begins anew with each answer', () => {
    const { clock, ended, cutOff } = reader({ 'unreachable.timeout.ms': 20_000 })
    for (let time = 0; time < 10; time++) {
      clock.advance(5_000)
      cutOff('all')
      clock.advance(15_000)
      cutOff('nothing')
    }
    expect(ended).toEqual([])
  })

  it('is never by default', () => {
    const { clock, orders, ended, cutOff } = reader({})
    clock.advance(5_000)
    cutOff('all')
    clock.advance(3_600_000)
    expect(ended).toEqual([])
    cutOff('nothing')
    clock.advance(10_000)
    expect(orders.positions()).toMatchObject([{ standing: 'no data', committed: 1n }])
  })
})
