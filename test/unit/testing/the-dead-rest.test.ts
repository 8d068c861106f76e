import { finalize, firstValueFrom, interval, tap, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, type ConsumerRecord } from '../../../src/index.js'
import { marbles, type MarbleBody, type Pipeline } from '../../../src/testing.js'

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const letterOf = ({ value }: ConsumerRecord): string => new TextDecoder().decode(value ?? undefined)

const each =
  (handler: (record: ConsumerRecord) => Promise<void>): Pipeline =>
  (orders) =>
    orders.pipe(eachPartition((partition) => partition.pipe(handle(handler), commit({ every: 1 }))))

const played = (body: MarbleBody): Promise<void> => marbles(body)()

describe('a process that has died', () => {
  it('does no more of what its handler was about to do', async () => {
    const stored: string[] = []
    await played(({ cluster, mark }) => {
      const row = mark('row')
      const offset = mark('offset')
      const pipeline = each(async (record) => {
        await wait(2)
        row(letterOf(record))
        stored.push('row')
        await wait(2)
        offset(letterOf(record))
        stored.push('offset')
      })
      cluster(
        `
        orders/0  a--------
        one       ^--#-----
        row       --a------
        offset    ---------
        `,
        { pipeline }
      )
    })
    expect(stored).toEqual(['row'])
  })

  it.each<readonly [string, () => Promise<unknown>]>([
    ['a promise that is settled already', () => Promise.resolve().then(() => Promise.resolve())],
    ['a turn of the event loop, which is real', () => new Promise((done) => setImmediate(done))],
    ['a timer of rxjs', () => firstValueFrom(timer(1))]
  ])('puts nothing into lines and reaches no sink after %s', async (_what, step) => {
    await played(({ cluster, mark }) => {
      const late = mark('late')
      const pipeline: Pipeline = (orders, { sink }) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(
              handle(async () => {
                await wait(3)
                await step()
                late('x')
              }),
              handle(sink),
              commit({ every: 1 })
            )
          )
        )
      cluster(
        `
        orders/0  a--------
        one       ^--#-----
        late      ---------
        sink      ---------
        `,
        { pipeline }
      )
    })
  })

  it('leaves no timer, interval or Observable behind that ticks on or counts as left', async () => {
    let ticks = 0
    await played(({ cluster, hot, mark }) => {
      const tick = mark('tick')
      const news = hot('-n-n---n-n')
      const pipeline: Pipeline = (orders) => {
        setInterval(() => {
          ticks++
          tick('i')
        }, 2)
        interval(3).subscribe(() => {
          tick('r')
        })
        news.subscribe(() => {
          tick('n')
        })
        return orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 }))))
      }
      cluster(
        `
        orders/0  -----------
        one       ^----#-----
        tick      -ni(nr)----
        tick      ----i------
        `,
        { pipeline }
      )
    })
    expect(ticks).toBe(2)
  })

  it('tidies nothing up: neither abort signals nor finalize run', async () => {
    const tidied: string[] = []
    await played(({ cluster, mark }) => {
      const unlocked = mark('unlocked')
      const pipeline: Pipeline = (orders) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(
              tap(() => {
                partition.signal.addEventListener('abort', () => {
                  tidied.push('abort')
                  unlocked('s')
                })
              }),
              handle((_record, { signal }) => {
                signal.addEventListener('abort', () => {
                  tidied.push('handler')
                  unlocked('h')
                })
                return new Promise(() => undefined)
              }),
              finalize(() => {
                unlocked('f')
              }),
              commit({ every: 1 })
            )
          )
        )
      cluster(
        `
        orders/0  a------
        one       ^--#---
        unlocked  -------
        `,
        { pipeline }
      )
      return () => {
        expect(tidied).toEqual([])
      }
    })
  })

  it('comes back as another, whose timers are its own', async () => {
    await played(({ cluster, mark }) => {
      const row = mark('row')
      const pipeline = each(async (record) => {
        await wait(4)
        row(letterOf(record))
      })
      cluster(
        `
        orders/0       a---------------
        one            ^-#--^----------
        row            --------------a-
        one handles a  ^---------^---!-
        `,
        { pipeline, config: { 'session.timeout.ms': 10, 'heartbeat.interval.ms': 2 } }
      )
    })
  })
})

describe('a member that has ended', () => {
  const ended: Pipeline = (orders) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle((record) => {
            // Not waited for.
            void wait(4).then(() => {
              saved(letterOf(record))
            })
          }),
          commit({ every: 1 })
        )
      )
    )
  let saved: (letter: string) => void = () => undefined

  it('is told of what it does after its end: its pipeline has not waited for it', async () => {
    const trial = played(({ cluster, mark }) => {
      saved = mark('saved')
      cluster(
        `
        orders/0  a-------
        one       ^-|-----
        saved     ----a---
        `,
        { pipeline: ended }
      )
    })
    await expect(trial).rejects.toThrow(
      'left at the end: one put “a” into the line “saved” 2 ms after its end: its pipeline had not waited for that'
    )
  })

  it('may do it if nothing that is left counts', async () => {
    await marbles(
      ({ cluster, mark }) => {
        saved = mark('saved')
        cluster('orders/0  a-------\none       ^-|-----\nsaved     ----a---', { pipeline: ended })
      },
      { leakCheck: false }
    )()
  })
})
