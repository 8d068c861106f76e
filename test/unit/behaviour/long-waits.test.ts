import { isRight } from 'fp-ts/lib/Either.js'
import { NEVER, of } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { decodeProducerConfig } from '../../../src/config/producer-config.js'
import { decodeTransactionalConfig } from '../../../src/config/transactional-config.js'
import type { Fault } from '../../../src/index.js'
import type { Cancel } from '../../../src/model/clock.js'
import { positionUpdates } from '../../../src/sources/consumer/position-updates.js'
import { memoryCluster } from '../../../src/testing.js'
import { VirtualClock } from '../../support/virtual-clock.js'

/** Counts how much is withdrawn: what has run already and is withdrawn all the same was kept until then. */
class CountingClock extends VirtualClock {
  withdrawn = 0

  override schedule(delayMs: number, run: () => void): Cancel {
    const cancel = super.schedule(delayMs, run)
    return () => {
      this.withdrawn++
      cancel()
    }
  }
}

const outageMs = 300_000

describe('what runs for a long time', () => {
  let clock: CountingClock
  beforeEach(() => {
    clock = new CountingClock()
  })

  const withdrawnBy = (end: () => void): number => {
    clock.withdrawn = 0
    end()
    return clock.withdrawn
  }

  it('keeps no interval of positionUpdates that has ended', () => {
    let told = 0
    const source = {
      clock,
      state: () => ++told,
      lookUpLogEnds: () => of(undefined),
      ended: NEVER,
      isEnded: () => false
    }
    const updates = positionUpdates(source, { everyMs: 1_000 }).subscribe()
    clock.advance(outageMs)
    expect(told).toBe(301)
    expect(withdrawnBy(() => updates.unsubscribe())).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('schedules nothing for a subscriber that unsubscribes while it handles a value', () => {
    const source = { clock, state: () => 0, lookUpLogEnds: () => of(undefined), ended: NEVER, isEnded: () => false }
    let left = 3
    const updates = positionUpdates(source, { everyMs: 1_000 }).subscribe(() => {
      if (--left === 0) updates.unsubscribe()
    })
    clock.advance(outageMs)
    expect([left, clock.pending]).toEqual([0, 0])
  })

  it('keeps no attempt to get a producer id that has ended', () => {
    const cluster = memoryCluster({ topics: { t: 1 }, time: clock })
    cluster.failNext('InitProducerId', 'disconnect', 1_000_000)
    const settings = decodeProducerConfig({})
    if (!isRight(settings)) throw new Error('these properties are wrong')
    const session = cluster.openProducer(settings.right)
    const faults: unknown[] = []
    const callbacks = { written: () => undefined, failed: (_index: number, fault: Fault) => faults.push(fault._tag) }
    session.send({ topic: 't', key: null, value: '1', headers: [] }, callbacks, 0)
    clock.advance(outageMs)
    expect(faults).toEqual(['ProduceFault'])
    expect(withdrawnBy(() => session.close())).toBeLessThan(10)
    expect(clock.pending).toBe(0)
  })

  it('keeps no attempt to begin a transaction that has ended', () => {
    const cluster = memoryCluster({ topics: { t: 1 }, time: clock })
    cluster.failNext('InitProducerId', 'disconnect', 1_000_000)
    const settings = decodeTransactionalConfig({ 'transactional.id': 'id' })
    if (!isRight(settings)) throw new Error('these properties are wrong')
    const session = cluster.openTransactions(settings.right.producer, settings.right.transactions)
    const beginning = session.begin().subscribe()
    clock.advance(outageMs)
    expect(withdrawnBy(() => beginning.unsubscribe())).toBeLessThan(10)
    session.close()
    expect(clock.pending).toBe(0)
  })
})
