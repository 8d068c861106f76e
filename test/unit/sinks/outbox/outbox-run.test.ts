import { describe, expect, it } from 'vitest'
import type { OutboxEvent } from '../../../../src/sinks/outbox/outbox-event.js'
import type { OutboxTable } from '../../../../src/sinks/outbox/outbox-table.js'
import { openOutbox } from '../../../../src/sinks/outbox/outbox.js'
import { memoryCluster } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((go) => setImmediate(go))
}

it('gives the lease back only after a renewal that is under way', async () => {
  const clock = new VirtualClock()
  const calls: string[] = []
  let renewed = (): void => undefined
  const nothing = (): Promise<void> => Promise.resolve()
  const table = {
    name: 'a table',
    lease: (): Promise<boolean> => {
      calls.push('lease')
      if (calls.length === 1) return Promise.resolve(true)
      return new Promise((resolve) => {
        renewed = () => {
          calls.push('renewed')
          resolve(true)
        }
      })
    },
    release: () => {
      calls.push('release')
      return nothing()
    },
    // Its topic is missing, so the batch is in flight until the outbox is closed.
    read: () => Promise.resolve([{ id: '1', messageId: 'a', topic: 'out', key: null, value: '0', headers: null }]),
    mark: nothing,
    setAside: nothing
  }
  const outbox = openOutbox(memoryCluster({ time: clock }), table, { leaseMs: 3_000 })
  const { ended } = collect(outbox)
  await turns()
  clock.advance(1_000)
  await turns()
  expect(calls).toEqual(['lease', 'lease'])
  const closed = outbox.close()
  await turns()
  clock.advance(1)
  await turns()
  expect(calls).toEqual(['lease', 'lease'])
  renewed()
  await closed
  expect(await ended).toBe('complete')
  expect(calls).toEqual(['lease', 'lease', 'renewed', 'release'])
})

/** A table whose first call of the named kind hangs. */
const hanging = (kind: 'lease' | 'read' | 'mark' | 'release') => {
  const aborted: unknown[] = []
  let hangs = 1
  let rows = [{ id: '1', messageId: 'a', topic: 'out', key: null, value: '0', headers: null }]
  const call = <A>(name: string, answer: () => A, signal: AbortSignal | undefined): Promise<A> => {
    if (name !== kind || hangs-- <= 0) return Promise.resolve(answer())
    signal?.addEventListener('abort', () => aborted.push(name))
    return new Promise(() => undefined)
  }
  const table: OutboxTable = {
    name: 'a table',
    lease: (_owner, _forMs, signal) => call('lease', () => true, signal),
    release: (_owner, signal) => call('release', () => undefined, signal),
    read: (_limit, signal) => call('read', () => rows, signal),
    mark: (_ids, signal) =>
      call(
        'mark',
        () => {
          rows = []
        },
        signal
      ),
    setAside: () => Promise.resolve()
  }
  return { table, aborted, left: () => rows.length }
}
const steps = async (clock: VirtualClock, ms: number, times = 1): Promise<void> => {
  for (let step = 0; step < times; step++) {
    clock.advance(ms)
    await turns()
  }
}

describe('a database that hangs', () => {
  it.each(['lease', 'read', 'mark'] as const)('in %s is reported, given up, and called again', async (kind) => {
    const clock = new VirtualClock()
    const { table, aborted, left } = hanging(kind)
    const outbox = openOutbox(memoryCluster({ time: clock, topics: { out: 1 } }), table, { timeoutMs: 25_000 })
    const events: OutboxEvent[] = []
    outbox.events.subscribe((event) => events.push(event))
    collect(outbox)
    await steps(clock, 1_000, 24)
    const fault = { _tag: 'TimeoutFault', what: 'a table' }
    const waits = (): readonly unknown[] => events.filter(({ _tag }) => _tag === 'waiting' || _tag === 'recovered')
    expect(waits()).toMatchObject([
      { fault, inMs: 10_000 },
      { fault, inMs: 5_000 }
    ])
    await steps(clock, 1_000, 5)
    expect(waits().slice(2)).toMatchObject([{ fault }, { _tag: 'recovered', from: 'waiting' }])
    expect(aborted).toEqual([kind])
    expect(left()).toBe(0)
    const drained = outbox.drain()
    await steps(clock, 1)
    await drained
  })

  it.each(['close', 'drain'] as const)('does not hold up %s beyond its deadline', async (how) => {
    const clock = new VirtualClock()
    const { table, aborted } = hanging('read')
    const outbox = openOutbox(memoryCluster({ time: clock, topics: { out: 1 } }), table, {})
    const { ended } = collect(outbox)
    await steps(clock, 1_000)
    let isOver = false
    const over = (how === 'close' ? outbox.close() : outbox.drain({ timeoutMs: 5_000 })).then(() => (isOver = true))
    await steps(clock, 4_999)
    expect(isOver).toBe(false)
    await steps(clock, 1)
    await over
    expect(await ended).toBe('complete')
    expect(aborted).toEqual(['read'])
    // What is left are the timers of the cluster's producer.
    await steps(clock, 60_000)
    expect(clock.pending).toBe(0)
  })

  it('refuses a deadline that is none', async () => {
    const outbox = openOutbox(memoryCluster(), hanging('read').table, {})
    await expect(outbox.close({ timeoutMs: -1 })).rejects.toThrow('close: timeoutMs is -1')
    await expect(outbox.drain({ timeoutMs: '5s' as never })).rejects.toThrow('drain: timeoutMs is')
  })
})
