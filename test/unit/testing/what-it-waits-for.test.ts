import { map, NEVER, type ObservableInput } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  batch,
  commit,
  type ConsumerRecord,
  deadLetter,
  delayUntil,
  eachPartition,
  exponential,
  handle,
  type HandleOptions,
  produceTo,
  retryLater,
  subscribe,
  writeTo
} from '../../../src/index.js'
import { marbles, type AnyScenario, type MarblesOptions, type Pipeline, type Scenario } from '../../../src/testing.js' // prettier-ignore

/** The part of the message that says what the members wait for. */
const waitsIn = async (
  diagram: string,
  scenario: AnyScenario,
  options?: MarblesOptions
): Promise<readonly string[]> => {
  try {
    await marbles(({ cluster }) => {
      cluster(diagram, scenario)
    }, options)()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const lines = error.message.split('\n')
    const begin = lines.findIndex((line) => line.startsWith('when the diagram ended'))
    return begin === -1 ? [`none in: ${error.message}`] : lines.slice(begin).filter((line) => line !== '')
  }
  throw new Error('the test did not fail')
}

const backoff = exponential({ initialMs: 100, maxMs: 100, random: () => 1 })
const retry = { attempts: 3, backoff }
const through =
  (handler: (() => ObservableInput<unknown>) | null, options: HandleOptions<ConsumerRecord> = {}): Pipeline =>
  (orders, { sink }) =>
    orders.pipe(eachPartition((p) => p.pipe(handle(handler ?? sink, options), commit({ every: 1 }))))

const cases: Readonly<Record<string, readonly [diagram: string, scenario: AnyScenario, options?: MarblesOptions]>> = {
  'the backoff of a retry, and who waits behind it': [
    `
    orders/0          -ab-----
    sink a            #|
    one               ^-------
    orders/0 commits  --ab----
    `,
    { pipeline: through(null, { retry }) }
  ],
  'a record that is not due': [
    `
    orders/0  -a-----
    one       ^------
    sink      -a-----
    `,
    {
      pipeline: (orders, { sink }) =>
        orders.pipe(
          eachPartition((p) =>
            p.pipe(
              delayUntil(() => 500),
              handle(sink),
              commit()
            )
          )
        )
    }
  ],
  'a retry topic': [
    `
    orders/0  -a-----
    sink a    #|
    one       ^------
    sink      --a----
    `,
    {
      pipeline: (orders, { sink, cluster }) => {
        const onFailure = retryLater(cluster, { topic: 'orders.retry', tiers: ['50ms'], then: deadLetter(cluster, { topic: 'dlq' }) }) // prettier-ignore
        return orders.pipe(
          eachPartition((p) => p.pipe(handle(sink, { onFailure, order: 'key' }), commit({ every: 1 })))
        )
      },
      topics: { 'orders.retry.50ms': 1, dlq: 1 },
      config: { subscription: subscribe('orders', 'orders.retry.50ms') }
    }
  ],
  'a throttled connection': [
    `
    orders/0           -a-a-----
    throttles Produce  --------------|
    one                ^--------
    writes out         -a-a-----
    `,
    {
      pipeline: (orders, { cluster }) =>
        orders.pipe(
          eachPartition((p) =>
            p.pipe(produceTo(cluster, { topic: 'out', properties: { 'linger.ms': 0 } }), commit({ every: 1 }))
          )
        ),
      topics: { out: 1 }
    }
  ],
  'a request without an answer': [
    `
    orders/0            -a------
    takes OffsetCommit  -----------------|
    one                 ^-------
    orders/0 commits    -a------
    `,
    { pipeline: through(null) }
  ],
  'a sink that writes': [
    `
    orders/0  -a---
    sink a    ---------|
    one       ^----
    sink      -a---
    `,
    { pipeline: through(null) }
  ],
  credit: [
    `
    orders/0      -abc---
    one           ^------
    one orders/0  ^abc---
    `,
    { pipeline: through(() => NEVER), config: { maxInFlight: 1 } }
  ],
  'a pause': [
    `
    orders/0             --a----
    one                  ^------
    one pauses orders/0  -^-----
    one orders/0         ^-a----
    `,
    { pipeline: through(null) }
  ],
  'an unsettled predecessor': [
    `
    orders/0          -ab----
    sink a            ---------|
    one               ^------
    orders/0 commits  -b-----
    `,
    { pipeline: through(null, { order: 'none', concurrency: 2 }) }
  ],
  'the interval of commits': [
    `
    orders/0          -a-----
    one               ^------
    orders/0 commits  -a-----
    `,
    { pipeline: (orders) => orders.pipe(eachPartition((p) => p.pipe(commit({ withinMs: 1_000 })))) }
  ],
  'a batch': [
    `
    orders/0  -a-----
    one       ^------
    sink      -a-----
    `,
    {
      pipeline: (orders, { sink }) =>
        orders.pipe(eachPartition((p) => p.pipe(batch({ records: 2 }), writeTo(sink), commit())))
    }
  ],
  'a handler with a timer': [
    `
    orders/0          -a-----
    one               ^------
    orders/0 commits  -a-----
    `,
    { pipeline: through(() => new Promise((done) => setTimeout(done, 70))) }
  ],
  nobody: [
    `
    orders/0          -a-----
    one               ^------
    orders/0 commits  -a-----
    `,
    { pipeline: (orders) => orders.pipe(eachPartition((p) => p.pipe(map(() => undefined)))) }
  ],
  'the session of the dead': [
    `
    orders/0      ----a----
    one           ^-#------
    two           ---^-----
    two orders/0  ---(^a)--
    `,
    { pipeline: through(null) }
  ],
  'a pipeline that is restarted': [
    `
    orders/0  -a-----
    sink a    #|
    one       ^------
    sink      --a----
    `,
    {
      pipeline: (orders, { sink }) =>
        orders.pipe(
          eachPartition((p) => p.pipe(handle(sink, { onFailure: 'fail' }), commit()), { onError: { restart: backoff } })
        )
    }
  ],
  'too many members': [
    `
    orders/0      -a-----
    one           ^------
    two           --^----
    two orders/0  --^----
    `,
    { pipeline: through(null) }
  ],
  'a lock': [
    `
    jobs/0      -a------
    one         ^-~-----
    two         ---^----
    two jobs/0  ----a---
    `,
    {
      share: (jobs) =>
        jobs.pipe(
          handle(() => NEVER),
          ack()
        )
    }
  ],
  'an acknowledgement that is not sent': [
    `
    jobs/0          -a------
    one             ^-------
    jobs/0 accepts  -a------
    `,
    { share: (jobs) => jobs.pipe(ack()), config: { 'fetch.max.wait.ms': 400 } }
  ]
}

/** What each has to say. */
const said: Readonly<Record<string, readonly string[]>> = {
  'the backoff of a retry, and who waits behind it': [
    'one: a of orders/0 has failed and waits for its next attempt until 101 ms',
    'one: b of orders/0 waits in an operator: for the record before it, or for others of its batch'
  ],
  'a record that is not due': ['one orders/0 waits: the next record is due at 500 ms'],
  'a retry topic': [
    'one orders/0 has settled records that are not committed yet (`every`, `withinMs`, `auto.commit.interval.ms`)',
    'one orders.retry.50ms/0 waits: the next record of the retry topic is due at 51 ms',
    'one has moved a of orders/0 to orders.retry.50ms, where it waits until 51 ms'
  ],
  'a throttled connection': [
    'one: a of orders/0 has been in a handler since 3 ms',
    'one: Produce is throttled until 15 ms'
  ],
  'a request without an answer': [
    'one orders/0 has settled records that are not committed yet (`every`, `withinMs`, `auto.commit.interval.ms`)',
    'one: OffsetCommit is not answered until 18 ms'
  ],
  'a sink that writes': [
    'one: a of orders/0 has been in a handler since 1 ms',
    'one: the sink is writing a until 10 ms'
  ],
  credit: [
    'one orders/0 delivers nothing more before a record in flight is settled (`maxInFlight`)',
    'one: a of orders/0 has been in a handler since 1 ms'
  ],
  'a pause': ['one orders/0 is paused'],
  'an unsettled predecessor': [
    'one orders/0 cannot commit what lies behind a record that is not settled',
    'one: a of orders/0 has been in a handler since 1 ms',
    'one: the sink is writing a until 10 ms'
  ],
  'the interval of commits': [
    'one orders/0 has settled records that are not committed yet (`every`, `withinMs`, `auto.commit.interval.ms`)'
  ],
  'a batch': ['one: a of orders/0 waits in an operator: for the record before it, or for others of its batch'],
  'a handler with a timer': [
    'one: a of orders/0 has been in a handler since 1 ms',
    'a setTimeout of 70 ms ends at 71 ms, made at'
  ],
  nobody: ['one: a of orders/0 is not settled, and no operator has it'],
  'the session of the dead': ['one has died, and its group waits for the end of its session', 'two is joining'],
  'a pipeline that is restarted': [
    'one orders/0 is not subscribed to any more',
    'one begins its pipeline of orders/0 again at 101 ms'
  ],
  'too many members': ['two has no partition'],
  'a lock': ['a of jobs/0 is locked by one, which has died, until 30001 ms'],
  'an acknowledgement that is not sent': [
    'a of jobs/0 is locked by one, acknowledged with the next request, until 30001 ms'
  ]
}

describe('a diagram that has not come true', () => {
  it.each(Object.entries(cases))('names what is waited for: %s', async (name, [diagram, scenario, options]) => {
    const [when, ...lines] = await waitsIn(diagram, scenario, options)
    expect(when).toMatch(/^when the diagram ended, at \d+ ms:$/)
    // Of a timer the place in this file follows.
    expect(lines.map((line) => line.trim().replace(/made at .*/, 'made at'))).toEqual(said[name])
  })

  it('says nothing of that where nothing waits', async () => {
    const diagram = `
      orders/0          -a--
      one               ^---
      orders/0 commits  --a-
    `
    expect(await waitsIn(diagram, { pipeline: through(null) })).toEqual([expect.stringMatching(/^none in: /)])
  })

  it('names it too where a record is lost that still waits, and where a member does not end', async () => {
    const errorOf = async (more: Partial<Scenario>): Promise<string> => {
      const test = marbles(({ cluster }) => {
        cluster('orders/0  -a--\none       ^---', { pipeline: through(null), ...more })
      })
      return test().then(
        () => 'green',
        (error: unknown) => String(error)
      )
    }
    const weekly = exponential({ initialMs: 604_800_000, maxMs: 604_800_000, random: () => 1 })
    const failing = (): never => {
      throw new Error('not now')
    }
    const waiting = through(failing, { retry: { attempts: 2, backoff: weekly } })
    expect(await errorOf({ pipeline: waiting, losesNothing: true })).toMatch(
      /a of orders\/0 has never reached the sink\nat the end, at \d+ ms:\n.* one: a of orders\/0 has failed and waits for its next attempt until 604800001 ms/
    )
    const hanging = { pipeline: through(() => NEVER), config: { 'drain.timeout.ms': 200_000 } }
    expect(await errorOf(hanging)).toMatch(
      /one was drained and has not ended\n.*timers.*\nat the end, at \d+ ms:\n.*one is draining\n.*one orders\/0 is drained\n.*one: a of orders\/0 has been in a handler since 1 ms/
    )
  })
})
