import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batch, commit, deadLetter, eachPartition, handle, writeTo } from '../../../src/index.js'
import { manual, numberOf, parallel } from '../../support/handlers.js'
import { rig, type Rig } from '../../support/rig.js'
import {
  late,
  expectGone,
  outcomeOf,
  started,
  working,
  hangs,
  fails,
  never,
  flatMerge
} from '../../support/life-cycles.js'

describe('close()', () => {
  it('aborts the signals, stores what is settled, leaves, and the Observable completes', async () => {
    const made = rig(2, {}, 6)
    const work = manual()
    const trace: string[] = []
    made.orders
      .pipe(
        eachPartition((p) => {
          p.signal.addEventListener('abort', () => trace.push(`abort ${String(p.partition)}`))
          return p.pipe(handle(work.handler, parallel), commit(late))
        })
      )
      .subscribe({ complete: () => trace.push('complete') })
    made.clock.advance(500)
    work.finish(0, 2, 3)
    const closed = made.orders.close()
    expect(trace).toEqual(['abort 0', 'abort 1'])
    made.clock.advance(100)
    expect(await outcomeOf(closed)).toBeUndefined()
    expect([trace.at(-1), made.committed()]).toEqual(['complete', [2n, null]])
    expectGone(made)
  })

  it('begins nothing new: what is collected is not flushed into a sink', () => {
    for (const flatten of [eachPartition, flatMerge]) {
      const made = rig(1, {}, 3)
      const written: number[] = []
      made.orders
        .pipe(
          flatten((p) =>
            p.pipe(
              batch({ records: 100 }),
              writeTo((list) => void written.push(list.value.length)),
              commit()
            )
          )
        )
        .subscribe()
      made.clock.advance(500)
      void made.orders.close()
      made.clock.advance(5_000)
      expect([written, made.committed()]).toEqual([[], [null]])
      expectGone(made)
    }
  })

  it('is bounded: it waits no longer than some seconds for a commit that cannot be stored', async () => {
    const made = rig(1, {}, 2)
    started(made)
    made.cluster.failNext('OffsetCommit', 'disconnect', 1_000)
    const closed = made.orders.close()
    made.clock.advance(5_100)
    expect(await outcomeOf(closed)).toBeUndefined()
    expectGone(made)
  })

  it('overtakes a drain, which resolves with its report so far', async () => {
    const made = rig(1, {}, 2)
    const completed: string[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle((record) => (numberOf(record) === 0 ? undefined : NEVER), parallel),
            commit(late)
          )
        )
      )
      .subscribe({ complete: () => completed.push('complete') })
    made.clock.advance(500)
    const drained = made.orders.drain({ timeoutMs: 600_000 })
    made.clock.advance(500)
    const closed = made.orders.close()
    made.clock.advance(100)
    expect(await outcomeOf(drained)).toMatchObject({
      outcome: 'aborted',
      partitions: [{ outcome: 'aborted', committed: 1n, repeated: 1 }]
    })
    expect(await outcomeOf(closed)).toBeUndefined()
    expect(completed).toEqual(['complete'])
    expectGone(made)
  })

  const down = [
    'Metadata',
    'JoinGroup',
    'SyncGroup',
    'Heartbeat',
    'LeaveGroup',
    'OffsetCommit',
    'OffsetFetch',
    'ListOffsets',
    'Fetch'
  ] as const
  const states: readonly (readonly [string, (made: Rig) => void])[] = [
    ['it was never subscribed to', () => undefined],
    ['it has just been subscribed to', ({ orders }) => void orders.subscribe()],
    [
      'it looks for the cluster',
      (made) => {
        made.cluster.failNext('Metadata', 'disconnect', 99)
        started(made)
      }
    ],
    [
      'it cannot join yet',
      (made) => {
        made.cluster.failNext('JoinGroup', 15, 99)
        started(made)
      }
    ],
    [
      'it waits for the group to sync',
      (made) => {
        made.cluster.failNext('SyncGroup', 27, 99)
        started(made)
      }
    ],
    [
      'it does not know where to begin',
      (made) => {
        made.cluster.failNext('OffsetFetch', 14, 99)
        started(made)
      }
    ],
    [
      'it is idle',
      (made) => {
        started(made)
        made.clock.advance(60_000)
      }
    ],
    [
      'a handler hangs',
      (made) => {
        started(made, hangs)
      }
    ],
    [
      'a handler is to be tried again',
      (made) => {
        started(made, fails, { retry: { attempts: 99, backoff: never } })
      }
    ],
    [
      'a dead letter cannot be written',
      (made) => {
        made.cluster.createTopic('dead', 1)
        made.cluster.failNext('Produce', 'disconnect', 999)
        started(made, fails, { onFailure: deadLetter(made.cluster, { topic: 'dead' }) })
      }
    ],
    [
      'a failed pipeline is to be restarted',
      ({ orders, clock }) => {
        orders.pipe(eachPartition(working(fails), { onError: { restart: never } })).subscribe()
        clock.advance(500)
      }
    ],
    [
      'a revocation drains',
      (made) => {
        started(made, hangs)
        made.member().subscribe().unsubscribe()
        made.clock.advance(200)
      }
    ],
    [
      'the cluster is gone',
      (made) => {
        started(made, hangs)
        for (const api of down) made.cluster.failNext(api, 'disconnect', 999)
        made.clock.advance(5_000)
      }
    ],
    [
      'it is closed already',
      (made) => {
        started(made)
        void made.orders.close()
        made.clock.advance(500)
      }
    ],
    [
      'it has failed',
      (made) => {
        made.cluster.failNext('JoinGroup', 30)
        started(made)
      }
    ]
  ]
  it.each(states)('ends when %s', async (_state, prepare) => {
    const made = rig(1, { 'heartbeat.interval.ms': 100 }, 2)
    prepare(made)
    const closed = made.orders.close()
    made.clock.advance(11_000)
    expect(await outcomeOf(closed)).toBeUndefined()
    expect(made.clock.pending).toBe(0)
  })
})
