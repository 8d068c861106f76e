import { describe, expect, it } from 'vitest'
import { commit, deadLetter, eachPartition, handle } from '../../../src/index.js'
import {
  DiagramError,
  MarbleError,
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
  throw new Error('the test is green')
}

const playing =
  (diagram: string, more: Partial<Scenario> = {}): MarbleBody =>
  ({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  }

const lines = (more: string): string => `
  orders/0              ab----
  orders/1              c-----
  one                   ^-----
  two                   -----^
  ${more}`

describe('a line of dashes that could not but come true', () => {
  it.each([
    ['tow orders/0          ------', 'there is no member “tow”. Did you mean “two”? There is one, two.'],
    ['three ends            ------', 'there is no member “three”. There is one, two.'],
    [
      'two orders/2          ------',
      'nothing is written to “orders/2”, and “topics” has it not. Did you mean “orders/0”?'
    ],
    [
      'odrers/0 refused      ------',
      'nothing is written to “odrers/0”, and “topics” has it not. Did you mean “orders/0”? There is orders/0, orders/1.'
    ],
    ['one pauses order/0    ------', 'Did you mean “orders/0”?'],
    ['one handles q         ------', 'no record is “q”.'],
    ['handles q             ------', 'no record is “q”.'],
    ['sink q                ---|', 'no record is “q”.'],
    ['two seeks odrers/0    ------', 'Did you mean “orders/0”?'],
    ['one orders/0 acks     -c----', '“c” is never written to orders/0.'],
    ['sink                  -q----', '“q” is never written to the diagram.'],
    [
      'one rebalance         ------',
      'there is no line “one rebalance”: docs/marble-notation.md has them all. Did you mean “one rebalances”?'
    ],
    ['orders/0 commit       ------', 'Did you mean “orders/0 commits”?'],
    ['fails Nonsense        ------', 'there is no request “Nonsense” that can fail. There is Metadata, JoinGroup,'],
    ['fails OffsetComit     ------', 'Did you mean “OffsetCommit”?'],
    ['one                   20h ---', '“20h” is no jump: jumps are in ms, s and m, as 500ms, 30s, 1200m'],
    ['time                  20h ---', '“20h” is no jump'],
    ['one                   --20m---', 'a jump has a space at both sides: “ 20m ”']
  ])('%s', async (line, reason) => {
    const error = await errorOf(playing(lines(line)))
    expect(error).toBeInstanceOf(DiagramError)
    expect(error.message).toContain(reason)
    expect(error.message).toMatch(/^ +\^ /m)
  })

  it('is refused where it is about a member that only “members” has', async () => {
    const error = await errorOf(playing(lines('two ends              ------'), { members: { tow: {} } }))
    expect(error.message).toContain('“members” names “tow”, which is no member. Did you mean “two”?')
  })

  it('may be about what is there: a partition of “topics”, a letter of another partition, a topic of its own', async () => {
    await marbles(
      playing(
        `
        orders/0              ab----
        orders/1              c-----
        one                   ^-----
        two                   -----^
        two ends              ------
        two orders/1          ------
        one stock/1 commits   ------
        one handles a         (^!)
        two handles c         ------
        orders/0 refused      ------
        writes orders.dlq     ------
        `,
        { topics: { stock: 2 } }
      )
    )()
  })
})

describe('what a scenario says of letters and members', () => {
  const shown = 'orders/0  ab--\none       ^---\nsink      ab--'
  const values = { a: 'a', b: 'b' }

  it.each<readonly [string, Partial<Scenario>, string]>([
    [
      'values',
      { values: { ...values, B: 'b' } },
      'what “B” stands for, and no line “sink”, “writes …” or of `mark` shows it. Did you mean “b”? There is a'
    ],
    ['values, of a number', { values: { 'a[2]': 'a' } }, 'what “a[2]” stands for'],
    ['records', { records: { q: { value: 'x' } } }, '`records` says what “q” is, and it is never written'],
    ['faults', { faults: { r: 'NOT_COORDINATOR' } }, '`faults` says what “r” means, and no line “fails …” has it'],
    ['members', { members: { three: {} } }, '“members” names “three”, which is no member. There is one.']
  ])('is about some that there are: %s', async (_what, more, reason) => {
    const error = await errorOf(playing(shown, more))
    expect(error).toBeInstanceOf(DiagramError)
    expect(error.message).toContain(reason)
  })

  it('may be of any number of a letter, and of the member that reads on at the end', async () => {
    const diagram = 'orders/0  a*2--\none       ^----\nsink      a[1..2]'
    await marbles(playing(diagram, { values: { 'a[1]': 'a', a: 'a' } }), { leakCheck: false })()
    await marbles(playing('orders/0  a--\none       ^--', { losesNothing: true, members: { rescue: {} } }))()
  })

  it('leaves x what it is', async () => {
    const error = await errorOf(
      playing('fails Fetch  x--\norders/0     a--\none          ^--', { faults: { x: 'NOT_COORDINATOR' } })
    )
    expect(error.message).toContain('cluster: scenario.faults.x is given, allowed is another letter')
  })
})

describe('a line that is not written as one', () => {
  it.each([
    ['orders/0 ab----', 'a line is a label, two spaces and marbles: there is only one space behind “orders/0”'],
    ['one orders/0 commits ab----', 'there is only one space behind “one orders/0 commits”'],
    ['sink a ---|', 'there is only one space behind “sink a”'],
    ['orders/0 -a- 30m  b--', 'there is only one space behind “orders/0”'],
    [
      'order/0 commits       -a----',
      'the diagram writes nothing to “order/0”, so no “a” can be seen there. Did you mean “orders/0”?'
    ],
    ['one order/0           ^a----', 'the diagram writes nothing to “order/0”'],
    ['two seeks odrers/0    -a----', '“a” has not been written to odrers/0 by then. Did you mean “orders/0”?'],
    ['one pauses order/0    -^-!--', 'nothing is written to “order/0”']
  ])('%s', async (line, reason) => {
    const error = await errorOf(playing(lines(line)))
    expect(error).toBeInstanceOf(DiagramError)
    expect(error.message).toContain(reason)
  })
})

describe('an option that belongs beside the scenario', () => {
  it('is refused with the call that takes it', async () => {
    const misplaced = { columnMs: 100 } as Partial<Scenario>
    const error = await errorOf(playing('orders/0  a--\none       ^--\nsink      a--', misplaced))
    expect(error.message).toContain(
      'cluster: scenario.columnMs is given, allowed is an option beside the scenario: marbles(body, { columnMs })'
    )
  })
})

describe('a topic that a line misspells', () => {
  const poison: Pipeline = (orders, { cluster }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(
            () => {
              throw new Error('poison')
            },
            { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) }
          ),
          commit({ every: 1 })
        )
      )
    )
  const diagram = (topic: string): string => `
    orders/0           -a----
    one                ^-----
    orders/0 acks      -a----
    ${topic}  ------`

  it('is refused once something was written to the one that was meant', async () => {
    const error = await errorOf(
      playing(diagram('writes orders.dql'), { pipeline: poison, topics: { 'orders.dlq': 1 } })
    )
    expect(error).toBeInstanceOf(DiagramError)
    expect(error.message).toContain('nothing writes to “orders.dql”. Did you mean “orders.dlq”, which is written to?')
  })

  it('is refused though the one that was meant is not even there', async () => {
    const waiting = diagram('writes orders.dql').replace('acks      -a', 'acks      --')
    const error = await errorOf(playing(waiting, { pipeline: poison }), { leakCheck: false })
    expect(error.message).toContain('Did you mean “orders.dlq”')
  })

  it('is what it says where it is given', async () => {
    const topics = { 'orders.dlq': 1, 'orders.dql': 1 }
    await marbles(playing(diagram('writes orders.dql'), { pipeline: poison, topics }))()
  })
})

describe('a test that compares nothing', () => {
  const bare = 'orders/0  ab----\none       ^-----'

  it('fails, and says so', async () => {
    const error = await errorOf(playing(bare))
    expect(error).toBeInstanceOf(MarbleError)
    expect(error.message).toMatch(
      /^this test compares nothing: the diagram has no line that says what has to come of it/
    )
  })

  it('is one that compares something if it ends with a closure, expects something, or says losesNothing', async () => {
    await marbles(({ cluster }) => {
      const play = cluster(bare, { pipeline })
      return () => {
        expect(play.report('one')?.outcome).toBe('drained')
      }
    })()
    await marbles(({ cluster, hot, expectObservable }) => {
      cluster(bare, { pipeline })
      expectObservable(hot('-a|')).toBe('-a|')
    })()
    await marbles(playing(bare, { losesNothing: true }))()
  })

  it('may say that it is meant so', async () => {
    await marbles(playing(bare), { compares: false })()
  })

  it('tells what has gone wrong before that', async () => {
    const failing = await errorOf(playing('orders/0  a--\nsink a    #\none       ^--'))
    expect(failing.message).toContain('one failed')
  })
})
