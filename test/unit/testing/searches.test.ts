import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { ack, atMostOnce, commit, eachPartition, handle, subscribe } from '../../../src/index.js'
import { MarbleError, marbles, type MarbleTest, type Pipeline, type Scenario } from '../../../src/testing.js'
import {
  losesNothing,
  LossError,
  neverTwice,
  playSchedule,
  type Schedule,
  scheduleTest
} from '../../../src/testing/fast-check.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
const racing: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) => partition.pipe(handle(sink, { concurrency: 3, order: 'none' }), commit({ every: 1 })))
  )
const tooEarly: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))

const calm = { seed: 1, faults: false, members: 1, events: 10 } as const

const lossOf = async (trial: Promise<void>): Promise<LossError> => {
  const error: unknown = await trial.then(
    () => null,
    (failure: unknown) => failure
  )
  if (error instanceof LossError) return error
  throw new Error('no loss was found', { cause: error })
}

/** Runs what was printed, as it is; gives what it fails with. */
const pasted = async (text: string, scenario: Scenario): Promise<string> => {
  const made: MarbleTest[] = []
  const it = (_name: string, test: MarbleTest): unknown => made.push(test)
  runInNewContext(text, { it, marbles, pipeline: scenario.pipeline, scenario, Uint8Array, Date })
  const [test] = made
  if (test === undefined) throw new Error('it is no test')
  return test().then(
    () => 'it is green',
    (error: unknown) => (error instanceof Error ? error.message : String(error))
  )
}

describe('the order of keys under any schedule', () => {
  it('is one that can be violated: keys come again', async () => {
    const { message, test } = await lossOf(losesNothing({ pipeline: racing }, { ...calm, runs: 60, order: 'key' }))
    expect(message).toMatch(/has reached the sink before .* which was written first/)
    expect(test).toContain("key: 'key-")
    expect(await pasted(test, { pipeline: racing })).toMatch(/has reached the sink before .* which was written first/)
  })

  it('holds for a pipeline that keeps it, and not for one that keeps no order', async () => {
    const keeping: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(handle(sink, { concurrency: 3, order: 'key' }), commit({ every: 1 }))
        )
      )
    await losesNothing({ pipeline: keeping }, { ...calm, runs: 20, order: 'key' })
  })

  it('fails as a check that could find nothing, if each record has a key of its own', async () => {
    const records = Object.fromEntries(Array.from('abcdefghijklmnopqrst', (letter) => [letter, { key: letter }]))
    const trial = losesNothing({ pipeline: racing, records }, { ...calm, runs: 5, order: 'key' })
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow(
      /^order: 'key' was not checked: in none of 5 schedules have two records of one key of a partition reached `sink`/
    )
  })

  it('fails so too if nothing reaches the sink, or nothing is written', async () => {
    const elsewhere: Pipeline = (orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            atMostOnce({ every: 1 }),
            handle(() => undefined)
          )
        )
      )
    await expect(neverTwice({ pipeline: elsewhere }, { ...calm, runs: 3 })).rejects.toThrow(
      'nothing was checked: in none of 3 schedules has a record reached `sink`'
    )
  })
})

describe('a diagram with losesNothing', () => {
  const play = (diagram: string, checks: Scenario['losesNothing'] & object): Promise<void> =>
    marbles(({ cluster }) => {
      cluster(diagram, { pipeline, losesNothing: checks })
    })()

  it('has something that its checks are about', async () => {
    await expect(play('orders/0  ---\none       ^--', {})).rejects.toThrow('the diagram writes no record')
    await expect(play('orders/0  a--\none       ^--', { lost: false })).rejects.toThrow('it needs `twice` or `order`')
    await expect(play('orders/0  ab-\norders/1  c--\none       ^--', { order: 'key' })).rejects.toThrow(
      'no two records of one key of a partition have reached `sink`'
    )
    await play('orders/0  a*2\none       ^--', { order: 'key' })
    await expect(play('orders/0  a--\norders/1  b--\none       ^--', { order: 'partition' })).rejects.toThrow(
      'no two records of one partition have reached `sink`'
    )
  })
})

describe('the test that a search prints', () => {
  const record = (at: number, key?: number, takes = 0) =>
    ({ _tag: 'record', at, partition: 0, takes, failures: 0, ...(key === undefined ? {} : { key }) }) as const
  const crash: Schedule = {
    topic: 'orders',
    events: [record(0, undefined, 6), { _tag: 'crash', at: 4, member: 0 }]
  }
  const failureOf = (schedule: Schedule, scenario: Scenario): Promise<string> =>
    playSchedule(schedule, scenario).then(
      () => 'it is green',
      (error: unknown) => (error instanceof Error ? error.message : String(error))
    )

  /** Loses only records that are what `records` says. */
  const losing =
    (isLost: (key: string, value: string) => boolean): Pipeline =>
    (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle((one) =>
              isLost(new TextDecoder().decode(one.key ?? undefined), new TextDecoder().decode(one.value ?? undefined))
                ? undefined
                : sink(one)
            ),
            commit({ every: 1 })
          )
        )
      )
  const schedule: Schedule = { topic: 'orders', events: [record(0), record(1, 1)] }

  it.each<readonly [string, Schedule, Scenario]>([
    [
      'records',
      schedule,
      { pipeline: losing((_, value) => value === "it's “€”\n"), records: { a: { value: "it's “€”\n" } } }
    ],
    [
      'records of bytes, and of a function',
      schedule,
      {
        pipeline: losing((key, value) => key === 'k1' || value === 'AB'),
        records: { a: (n) => ({ key: `k${String(n)}` }), b: { value: Uint8Array.of(65, 66) } }
      }
    ],
    ['keys of the schedule', schedule, { pipeline: losing((key) => key === 'key-1') }],
    [
      'topics, and members with functions',
      crash,
      {
        pipeline,
        topics: { stock: 2 },
        members: {
          one: { pipeline: tooEarly, config: { 'auto.commit.interval.ms': 2, subscription: subscribe(/^ord/) } },
          two: { pipeline: tooEarly }
        }
      }
    ],
    [
      'faults of its own',
      {
        topic: 'orders',
        events: [...schedule.events, { _tag: 'fail', at: 0, api: 'OffsetCommit', fault: 'NOT_COORDINATOR' }]
      },
      {
        pipeline: losing(() => true),
        faults: { n: 'GROUP_AUTHORIZATION_FAILED', r: 'NOT_COORDINATOR' }
      }
    ]
  ])('fails as the schedule does: %s', async (_what, given, scenario) => {
    const failure = await failureOf(given, scenario)
    expect(failure).not.toBe('it is green')
    const text = scheduleTest(given, scenario)
    expect(await pasted(text, scenario)).toBe(failure)
  })

  it('says what it could not write down', () => {
    const scenario: Scenario = { pipeline, members: { one: { pipeline: tooEarly } } }
    expect(scheduleTest(crash, scenario)).toMatch(
      /^\/\/ `scenario` is what was tried: members\.one\.pipeline cannot be written down\.\nit\(/
    )
  })

  it('leaves out an order that its records cannot show', () => {
    expect(scheduleTest(crash, { pipeline }, { order: 'key', twice: 'never' })).toContain(
      "losesNothing: { twice: 'never' }"
    )
    const two: Schedule = { topic: 'orders', events: [record(0, 0), record(1, 0)] }
    expect(scheduleTest(two, { pipeline }, { order: 'key' })).toContain("losesNothing: { order: 'key' }")
  })
})
