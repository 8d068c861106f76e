import { filter, NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, commit, eachPartition, handle } from '../../../src/index.js'
import {
  DiagramError,
  marbles,
  type MarbleBody,
  type MarblesOptions,
  type Pipeline,
  type Scenario
} from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const errorOf = async (body: MarbleBody, options?: MarblesOptions): Promise<Error> => {
  try {
    await marbles(body, options)()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('the test did not fail')
}

const playing =
  (diagram: string, more: Partial<Scenario> = {}): MarbleBody =>
  ({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  }

describe('a diagram that cannot be read', () => {
  it.each([
    ['there is no line “one order0”', 'one order0  ab'],
    ['a line is a label, two spaces and marbles', 'orders/0 ab'],
    ['this group is not closed', 'orders/0  -(ab'],
    ['no group is open here', 'orders/0  -ab)'],
    ['time cannot pass within a group', 'orders/0  -(a-b)'],
    ['a group within a group', 'orders/0  -(a(b))'],
    ['“b” means nothing in the line “one”, which has ^ | ! # x T ~', 'one  ^--b'],
    ['“one” has not begun: ^ comes first', 'one  ---|'],
    ['“one” has begun already', 'one  ^--^'],
    ['“r” is not among the faults of the scenario', 'fails Fetch  --r'],
    ['“r” is not among the events of the scenario', 'one         ^--\none events  --r'],
    ['nothing is done: there is no member and no record', 'one ends  --|'],
    ['marbles begin in the same column in all lines: write - for nothing', 'one       ^\norders/0   a'],
    ['another line has a jump of 3s here', 'orders/0  -a 3s b\none       ^-  5s -'],
    ['a jump begins before: write what happens during it where it begins', 'orders/0  -a 3s b\none       ^--!'],
    ['“a” has not been written to orders/0 by then', 'orders/0            --a\none seeks orders/0  -a'],
    ['there is no line', '']
  ])('says %s, with a caret', async (reason, diagram) => {
    const error = await errorOf(playing(diagram))
    expect(error).toBeInstanceOf(DiagramError)
    expect(error.message).toContain(reason)
    expect(error.message).toMatch(diagram === '' ? /cannot be read/ : new RegExp(`^ +\\^ `, 'm'))
  })

  it('shows where', async () => {
    const { message } = await errorOf(playing('orders/0  -ab\none       ^-y-\ntwo       ---'))
    expect(message).toBe(
      [
        'this diagram cannot be read: “y” means nothing in the line “one”, which has ^ | ! # x T ~',
        '',
        '  orders/0  -ab',
        '  one       ^-y-',
        '              ^ “y” means nothing in the line “one”, which has ^ | ! # x T ~',
        '  two       ---',
        ''
      ].join('\n')
    )
  })
})

describe('a diagram that does not come true', () => {
  it('is shown with what was, and the first column that differs', async () => {
    const { message } = await errorOf(
      playing(`
        orders/0              -abc-----
        sink b                ---|
        one                   ^--------
        one orders/0 acks     -ab--c---
        one orders/0 commits  -a---(bc)
      `)
    )
    expect(message).toBe(
      [
        'the diagram did not come true: “one orders/0 acks” at 2 ms: nothing, where “b” was expected',
        '',
        'expected',
        '  orders/0              -abc-----',
        '  sink b                ---|',
        '  one                   ^--------',
        '  one orders/0 acks     -ab--c---',
        '                          ^',
        '  one orders/0 commits  -a---(bc)',
        '',
        'was',
        '  orders/0              -abc-----',
        '  sink b                ---|',
        '  one                   ^--------',
        '  one orders/0 acks     -a---(bc)',
        '                          ^',
        '  one orders/0 commits  -a---(bc)',
        ''
      ].join('\n')
    )
  })

  it('names the other lines that differ, and what failed', async () => {
    const { message } = await errorOf(
      playing(`
        orders/0           -a-
        sink a             #
        one                ^--
        one orders/0       ^--
        one orders/0 acks  -a-
        sink               -a-
      `)
    )
    expect(message).toContain('also different: one orders/0 acks, sink')
    expect(message).toContain('one failed: handle failed at orders/0 offset 0 in attempt 1: the sink refused a')
  })

  it('shows what does not fit into one row in another', async () => {
    const { message } = await errorOf(playing('orders/0      ab-\none           ^--\none orders/0  ^a-'))
    expect(message).toContain(
      'was\n  orders/0      ab-\n  one           ^--\n  one orders/0  (^a)\n  one orders/0  -b-\n'
    )
  })

  it('fails with a pipeline that fails, unless a line says that it is meant to', async () => {
    const failing = 'orders/0  -a-\nsink a    #\none       ^--'
    expect((await errorOf(playing(failing))).message).toContain('one failed: handle failed at orders/0')
    await marbles(playing(`${failing}\none ends  -#-`))()
  })

  it('counts a jump as one column, in which whatever happens during it is written', async () => {
    await marbles(
      playing(
        `
        orders/0              -a------ 60s -----b-
        sink a                --- 10s -|
        one                   ^----------------
        one orders/0 commits  --------a---------b-
        `,
        { config: { 'heartbeat.interval.ms': 3_000 } }
      )
    )()
  })

  it('takes its columns for as long as it is told', async () => {
    await marbles(
      playing(
        `
        orders/0              -ab----
        sink b                --|
        one                   ^------
        one orders/0 commits  -a--b--
        `
      ),
      { columnMs: 1_000 }
    )()
  })
})

describe('what is left at the end', () => {
  const left = async (swallowing: Pipeline, options?: MarblesOptions): Promise<string> =>
    (await errorOf(playing('orders/0  -ab-\none       ^---', { pipeline: swallowing }), options)).message

  it('fails the test: a record that an operator swallowed', async () => {
    const text = await left((orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            filter(({ offset }) => offset > 0n),
            commit({ every: 1 })
          )
        )
      )
    )
    expect(text).toBe('left at the end: one orders/0: a was never settled')
  })

  it('fails the test: a timer of a handler', async () => {
    const text = await left((orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(({ offset }) => {
              if (offset === 0n) setInterval(() => undefined, 1_000)
            }),
            commit({ every: 1 })
          )
        )
      )
    )
    expect(text).toMatch(/^left at the end: a setInterval of 1000 ms is still set, made at .*diagrams\.test/)
  })

  it('fails the test: an observable that is still subscribed to', async () => {
    const error = await errorOf(({ cold }) => {
      cold('-a').subscribe()
    })
    expect(error.message).toBe('left at the end: “-a” is still subscribed to')
  })

  it('fails the test: a record that an operator of a partition keeps', async () => {
    const error = await errorOf(({ partition }) => {
      partition('-a')
        .stream.pipe(handle(() => NEVER))
        .subscribe()
    })
    expect(error.message).toBe('left at the end: a is still held by an operator')
  })

  it('does not matter if the test says so', async () => {
    await marbles(
      ({ cold }) => {
        cold('-a').subscribe()
      },
      { leakCheck: false }
    )()
  })
})

describe('losesNothing', () => {
  const crash = `
    orders/0  -a------
    sink a    -------|
    one       ^----#--
  `
  it('holds for a pipeline that commits what its sink has written', async () => {
    await marbles(playing(crash, { losesNothing: true }))()
  })

  it('fails one that commits before its sink has written', async () => {
    const early: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))
    const config = { 'auto.commit.interval.ms': 2 }
    const { message } = await errorOf(playing(crash, { losesNothing: true, pipeline: early, config }))
    expect(message).toBe('a of orders/0 is lost: committed, and never written by the sink')
  })
})

describe('time', () => {
  it('is given back to the machine, even by a test that fails', async () => {
    const { setTimeout: former, Date: formerDate } = globalThis
    const formerNow = performance.now
    await errorOf(playing('nonsense'))
    expect(globalThis.setTimeout).toBe(former)
    expect(globalThis.Date).toBe(formerDate)
    expect(performance.now).toBe(formerNow)
  })

  it('says that a test never ends', async () => {
    const error = await errorOf(({ hot }) => {
      hot('a').subscribe()
      const again = (): void => {
        setTimeout(again, 1)
      }
      again()
    })
    expect(error.message).toContain('something never ends')
  })
})
