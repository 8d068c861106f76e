import { describe, expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, subscribe } from '../../../../src/index.js'
import { manual, parallel } from '../../../support/handlers.js'
import { slowAnswer, tappedCluster } from '../../../support/tapped-cluster.js'

/** Commits take `tookMs`; gives when each was asked for, and lets records be finished. */
const committing = (
  options: Parameters<typeof commit>[0],
  tookMs: (time: number) => number
): {
  readonly asked: { readonly at: number; readonly offset: bigint }[]
  readonly finishAt: (at: number, ...numbers: readonly number[]) => void
  readonly until: (at: number) => void
} => {
  // prettier-ignore
  const asked: { readonly at: number; readonly offset: bigint }[] = []
  const { clock, cluster, produce } = tappedCluster(1, (calls, time) => ({
    offsetCommit: (request) => {
      const at = time.now() - 1_000
      for (const { offset } of request.offsets) asked.push({ at, offset })
      return slowAnswer(time, tookMs(at), calls.offsetCommit(request))
    }
  }))
  produce(0, ...Array.from({ length: 20 }, (_, number) => String(number)))
  const work = manual()
  consumer(cluster, {
    'group.id': 'billing',
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': false,
    subscription: subscribe('orders')
  })
    .pipe(eachPartition((p) => p.pipe(handle(work.handler, parallel), commit(options))))
    .subscribe()
  const until = (at: number): void => {
    clock.advance(1_000 + at - clock.now())
  }
  const finishAt = (at: number, ...numbers: readonly number[]): void => {
    until(at)
    work.finish(...numbers)
  }
  return { asked, finishAt, until }
}

describe('commits by count', () => {
  it('take a quarter of the time at most: each is followed by a pause of three times what it took', () => {
    const { asked, finishAt, until } = committing({ every: 1, withinMs: 10_000 }, () => 20)
    finishAt(0, 0)
    // Answered at 20; not again before 80, then with all that is settled by then.
    finishAt(10, 1)
    finishAt(30, 2)
    finishAt(79, 3)
    finishAt(90, 4)
    until(500)
    expect(asked).toEqual([
      { at: 0, offset: 1n },
      { at: 80, offset: 4n },
      { at: 160, offset: 5n }
    ])
  })

  it('go out at once where the last pause is over', () => {
    const { asked, finishAt, until } = committing({ every: 2, withinMs: 10_000 }, () => 20)
    finishAt(0, 0, 1)
    finishAt(100, 2)
    finishAt(101, 3)
    until(500)
    expect(asked).toEqual([
      { at: 0, offset: 2n },
      { at: 101, offset: 4n }
    ])
  })

  it('pause for 100 ms at most, however long one took', () => {
    const { asked, finishAt, until } = committing({ every: 1, withinMs: 100_000 }, (at) => (at === 0 ? 5_000 : 0))
    finishAt(0, 0)
    finishAt(10, 1)
    until(10_000)
    expect(asked).toEqual([
      { at: 0, offset: 1n },
      { at: 5_100, offset: 2n }
    ])
  })

  it('do not hold back the time within which all is to be stored', () => {
    const { asked, finishAt, until } = committing({ every: 1, withinMs: 50 }, () => 20)
    finishAt(0, 0)
    finishAt(21, 1)
    until(500)
    expect(asked).toEqual([
      { at: 0, offset: 1n },
      { at: 71, offset: 2n }
    ])
  })
})
