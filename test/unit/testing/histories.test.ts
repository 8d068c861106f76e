import { describe, expect, it } from 'vitest'
import { ack, atMostOnce, commit, deadLetter, eachPartition, handle } from '../../../src/index.js'
import { dualRun, MarbleError, marbles, memoryCluster, type Pipeline, type Scenario } from '../../../src/testing.js'
import { losesNothing, LossError, neverTwice, playSchedule, type Schedule } from '../../../src/testing/fast-check.js'
import type { Cluster } from '../../../src/index.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

/** Stores nothing: who comes next reads everything again. */
const forgetful: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), ack())))
const byHand = { 'enable.auto.commit': false } as const

const play = (diagram: string, scenario: Scenario): Promise<void> =>
  marbles(
    ({ cluster }) => {
      cluster(diagram, scenario)
    },
    { leakCheck: false }
  )()

const deploy = `
  orders/0  ab--------------
  one       ^----|----------
  two       ------^---------
`

describe('losesNothing', () => {
  it('takes a confirmed dead letter for what it is', async () => {
    const poison: Pipeline = (orders, { cluster, sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(handle(sink, { onFailure: deadLetter(cluster, { topic: 'dlq' }) }), commit({ every: 1 }))
        )
      )
    await play('orders/0  ab---\nsink a    #\none       ^----', {
      pipeline: poison,
      topics: { dlq: 1 },
      losesNothing: true
    })
  })

  it('finds what reaches the sink twice though nothing has gone wrong', async () => {
    const scenario = { pipeline: forgetful, config: byHand }
    await play(deploy, { ...scenario, losesNothing: true })
    await expect(play(deploy, { ...scenario, losesNothing: { twice: 'with cause' } })).rejects.toThrow(
      'a of orders/0 has reached the sink twice, and nothing had gone wrong'
    )
    await play(deploy, { pipeline, losesNothing: { twice: 'with cause' } })
  })

  it('allows a repetition after a crash, unless nothing may ever come twice', async () => {
    const crash = 'orders/0  a-----------\nsink a    --|\none       ^-#---------'
    const interrupted = crash.replace('--|', '|')
    const scenario = { pipeline: forgetful, config: { ...byHand, 'session.timeout.ms': 10 } }
    await play(interrupted, { ...scenario, losesNothing: { twice: 'with cause' } })
    await expect(play(interrupted, { ...scenario, losesNothing: { lost: false, twice: 'never' } })).rejects.toThrow(
      'a of orders/0 has reached the sink twice'
    )
  })

  it('finds a record that has overtaken another of its partition, or of its key', async () => {
    const racing: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(handle(sink, { concurrency: 3, order: 'none' }), commit({ every: 1 }))
        )
      )
    const diagram = 'orders/0  abc------\nsink a    ----|\nsink c    -|\none       ^--------'
    const keys = { a: { key: 'k', value: 'a' }, b: { key: 'l', value: 'b' }, c: { key: 'k', value: 'c' } }
    const checked = (order: 'key' | 'partition', more: Partial<Scenario> = {}): Promise<void> =>
      play(diagram, { pipeline: racing, losesNothing: { order }, ...more })
    await expect(checked('partition')).rejects.toThrow('b of orders/0 has reached the sink before a of orders/0')
    await expect(checked('key')).rejects.toThrow(
      "losesNothing: { order: 'key' } checks nothing: no two records of one key of a partition have reached `sink`"
    )
    await expect(checked('key', { records: keys })).rejects.toThrow(
      'c of orders/0 has reached the sink before a of orders/0'
    )
    await play(diagram, { pipeline, losesNothing: { order: 'partition' } })
  })

  it('takes no longer for a pipeline that commits nothing: it is over when everything has arrived', async () => {
    let last = 0
    await marbles(
      ({ cluster, clock }) => {
        cluster(deploy, { pipeline: forgetful, config: byHand, losesNothing: true })
        clock.schedule(1, () => undefined)
        return () => {
          last = clock.now()
        }
      },
      { leakCheck: false }
    )()
    // It waited two virtual minutes for a commit, with a heartbeat every three milliseconds.
    expect(last).toBeLessThan(1_000)
  })
})

describe('losesNothing of many schedules', () => {
  it('finds a repetition that no crash explains, and prints the check with the test', async () => {
    const trial = losesNothing({ pipeline: forgetful, config: byHand }, { runs: 30, seed: 1, faults: false })
    await expect(trial).rejects.toThrow(LossError)
    await expect(trial).rejects.toThrow(/twice, and nothing had gone wrong[^]*losesNothing: \{ twice: 'with cause' \}/)
    await losesNothing({ pipeline: forgetful, config: byHand }, { runs: 5, seed: 1, twice: 'allowed' })
  })

  it('makes a scenario for each schedule where it is given a function', async () => {
    let made = 0
    const scenario = (): Scenario => {
      made++
      return { pipeline }
    }
    await losesNothing(scenario, { runs: 4, seed: 1 })
    expect(made).toBe(4)
  })

  it('has another for pipelines that may lose, and never repeat', async () => {
    const once: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(atMostOnce({ every: 1 }), handle(sink))))
    await neverTwice({ pipeline: once }, { runs: 10, seed: 3 })
    await expect(neverTwice({ pipeline }, { runs: 200, seed: 3, events: 8, sinkTakes: 2 })).rejects.toThrow(
      'has reached the sink twice'
    )
  })
})

describe('playSchedule', () => {
  it('gives what came of it', async () => {
    const schedule: Schedule = {
      topic: 'orders',
      events: [
        { _tag: 'record', at: 0, partition: 0, takes: 5, failures: 0 },
        { _tag: 'record', at: 1, partition: 1, takes: 0, failures: 0 }
      ]
    }
    const outcome = await playSchedule(schedule, { pipeline })
    expect(outcome).toMatchObject({ delivered: { 'orders/0': 'a', 'orders/1': 'b' }, sink: 'ab', inOrder: 'ba' })
    expect(outcome.diagram).toContain('orders/0  a')
  })
})

describe('dualRun', () => {
  /** Writes each record twice. */
  const doubling = (): Cluster => {
    const cluster = memoryCluster()
    return {
      ...cluster,
      openProducer: (settings) => {
        const session = cluster.openProducer(settings)
        return Object.assign(Object.create(session) as typeof session, {
          send: ((record, callbacks, index) => {
            session.send(record, callbacks, index)
            session.send(record, { written: () => undefined, failed: () => undefined }, index)
          }) satisfies typeof session.send
        })
      }
    }
  }

  it('shows a difference as two diagrams, and waits for nothing that cannot come any more', async () => {
    // The time that it would wait for would never end.
    const trial = dualRun('orders/0  ab--\none       ^---', { pipeline }, doubling(), { columnMs: 5, withinMs: 1e9 })
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow(
      /the real cluster came to something else\n(?:It was ended .*\n)?\nembedded\n {2}orders\/0 {10}ab\n +\^\n[^]*\nreal\n {2}orders\/0 {10}a\?/
    )
  })
})
