import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inTime, tooEarly, tooEarlyIsFound } from '../../examples/testing/loses-nothing.js'
import { atMostOnce, commit, eachPartition, exponential, handle } from '../../src/index.js'
import { MarbleError, marbles, type Pipeline } from '../../src/testing.js'
import {
  losesNothing,
  LossError,
  playSchedule,
  scheduleDiagram,
  schedules,
  scheduleSize
} from '../../src/testing/fast-check.js'
import { parseDiagram } from '../../src/testing/diagram/parse-diagram.js'

const lossOf = async (trial: Promise<void>): Promise<LossError> => {
  const error: unknown = await trial.then(
    () => null,
    (failure: unknown) => failure
  )
  if (error instanceof LossError) return error
  throw new Error('no loss was found', { cause: error })
}

describe('schedules', () => {
  it('are drawn as diagrams that can be read', () => {
    fc.assert(
      fc.property(schedules({ sinkFailures: 2, members: 4, partitions: 3 }), (schedule) => {
        const diagram = parseDiagram(scheduleDiagram(schedule))
        expect(diagram.lines.length).toBeGreaterThan(0)
      })
    )
  })

  it.each([1, 2, 3])('find a commit before the sink’s, and make it small (seed %i)', async (seed) => {
    const { schedule, test, message } = await lossOf(tooEarlyIsFound(seed))
    expect(scheduleSize(schedule)).toBeLessThanOrEqual(6)
    expect(message).toContain('is lost: committed, and never written by the sink')
    expect(message).toContain(test)
    await expect(playSchedule(schedule, { pipeline: tooEarly })).rejects.toThrow(MarbleError)
    await playSchedule(schedule, { pipeline: inTime })
  })

  it('find that at most once is not at least once', async () => {
    const pipeline: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(atMostOnce({ every: 1 }), handle(sink))))
    expect(scheduleSize((await lossOf(losesNothing({ pipeline }, { seed: 1 }))).schedule)).toBeLessThanOrEqual(6)
  })

  it('find nothing in a pipeline that tries again what its sink has refused', async () => {
    const pipeline: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(sink, {
              concurrency: 3,
              order: 'key',
              retry: { attempts: 5, backoff: exponential({ initialMs: 1, maxMs: 4 }) }
            }),
            commit({ every: 2, withinMs: 3 })
          )
        )
      )
    await losesNothing({ pipeline }, { seed: 7, runs: 60, sinkFailures: 2, members: 3 })
  })

  it('give a test that can be pasted', async () => {
    const { test } = await lossOf(tooEarlyIsFound(1))
    const made: Promise<void>[] = []
    const it = (_name: string, run: () => Promise<void>): unknown => made.push(run())
    // What is printed is a program: it is run as it is.
    runInNewContext(test, { it, marbles, pipeline: tooEarly })
    await expect(made[0]).rejects.toThrow('is lost: committed, and never written by the sink')
  })
})
