import { concatWith, defer, EMPTY, from, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, run } from '../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

const play = (diagram: string, pipeline: Pipeline, more: Partial<Scenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  })()

const working: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit())))

/** Drains when the process is asked to end. */
const draining: Pipeline = (orders, tools) => {
  process.once('SIGTERM', () => void orders.drain())
  return working(orders, tools)
}

const ending = `
  orders/0          ab----c-----
  sink a            ---|
  one               ^-T---------
  sink              ---a--------
  sink              ---b--------
  orders/0 commits  ---b--------
  one ends          ---|--------
`
  .replace('  sink              ---b--------\n', '')
  .replace('---a--------', '---(ab)-----')

/** Member one fails at its second record. */
const failing: Pipeline = (orders, { sink, member }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle((record) => {
          if (record.offset === 1n && member === 'one') throw new Error('db down')
          return sink(record)
        }),
        commit({ every: 1 })
      )
    )
  )

describe('SIGTERM', () => {
  it('is for what the application does then', () => play(ending, draining))

  it('kills a process that listens for nothing, as Node does', async () => {
    await expect(play(ending, working)).rejects.toThrow('“sink” at 3 ms: nothing, where “a” was expected')
    await play('orders/0  a----\nsink a    ---|\none       ^-T--\nsink      -----\none ends  -----', working)
  })

  it('shows who drains without waiting for it', async () => {
    const hasty: Pipeline = (orders, tools) => {
      process.once('SIGTERM', () => {
        void orders.drain()
        process.exit(0)
      })
      return working(orders, tools)
    }
    await expect(play(ending, hasty)).rejects.toThrow('“sink” at 3 ms: nothing, where “a” was expected')
  })

  it('is what run() ends a pipeline by, and aborts it by when it comes again', async () => {
    const former = process.exitCode
    const running: Pipeline = (orders, { sink }) =>
      from(run(orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit())))))
    await play(ending, running)
    await play('orders/0  a-----\nsink a    --------|\none       ^-T-T-\nsink      ------\none ends  ------', running)
    expect(process.exitCode).toBe(former)
  })

  const inRun: Pipeline = (orders, tools) => from(run(failing(orders, tools)))

  it('shows what fails within run(), which gives the error in its result: a member among others', async () => {
    const diagram = 'orders/0  -a-b---c----\none       ^-----------\ntwo       -^----------\nsink      -a-b---c----'
    for (const pipeline of [failing, inRun])
      await expect(play(diagram, pipeline)).rejects.toThrow(/one failed: .*db down/s)
    await play(`${diagram}\none ends  ---#--------`, inRun)
  })

  it('keeps the exit codes of its programs apart from those of the test', async () => {
    const former = process.exitCode
    const silent: Pipeline = (orders, tools) => from(run(failing(orders, tools), { signals: [] }))
    await play('orders/0  -a-b---c----\none       ^-----------\ntwo       -^----------\none ends  ---#--------', silent)
    expect(process.exitCode).toBe(former)
    // Member two's program has not ended: the one of the test is alone nevertheless.
    expect((await run(EMPTY, { signals: [] })).exitCode).toBe(0)
    expect(process.exitCode).toBe(0)
    process.exitCode = former
  })

  it('shows what fails within run() while it drains', async () => {
    const flushing: Pipeline = (orders, { sink }) => {
      const flush = defer(() => throwError(() => new Error('flush failed')))
      return from(run(orders.pipe(eachPartition((each) => each.pipe(handle(sink), commit(), concatWith(flush))))))
    }
    await expect(play('orders/0  -a-\none       ^--\nsink      -a-', flushing)).rejects.toThrow('flush failed')
    await play('orders/0  -a---\none       ^--T-\nsink      -a---\none ends  ---#-', flushing)
  })

  it('is for the process of that member alone, and no listener is left behind', async () => {
    const before = process.listenerCount('SIGTERM')
    await play(
      `
      orders/0  a------d---
      orders/1  b------e---
      one       ^--T-------
      two       ^----------
      one ends  ---|-------
      two ends  -----------
      sink      (ab)-------
      sink      -------(de)
      `,
      draining,
      { config: { 'heartbeat.interval.ms': 1 } }
    )
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  it('says how the drain ended', async () => {
    let report: unknown = null
    await marbles(({ cluster }) => {
      const play = cluster('orders/0  a-----\nsink a    ---|\none       ^-T---\none ends  ---|--', {
        pipeline: draining
      })
      return () => {
        report = play.report('one')?.outcome
      }
    })()
    expect(report).toBe('drained')
  })

  it('comes to a process that lives', async () => {
    await expect(play('orders/0  a--\none       T--', draining)).rejects.toThrow('“one” has not begun: ^ comes first')
  })
})
