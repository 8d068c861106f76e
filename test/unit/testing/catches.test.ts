import { throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, commit, deadLetter, deserialize, eachPartition, handle, produceTo, utf8 } from '../../../src/index.js'
import { catches, marbles, type CatchesOptions, type Pipeline, type Scenario } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const test = (diagram: string, more: Partial<Scenario> = {}): (() => Promise<void>) =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  })

const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Shows nothing but that records come. */
const weak = test('orders/0  ab---\none       ^----\nsink      ab---')

const thorough = {
  slow: test(`
    orders/0          abc-----
    sink b            ---|
    one               ^--|----
    sink              a---(bc)
    orders/0 commits  a---(bc)
    one ends          ----|---
  `),
  keys: test('orders/0  a*3----\none       ^------\nsink      a[1..3]'),
  values: test('orders/0  a--\none       ^--\nsink      a--', {
    values: { a: 'order a' },
    pipeline: (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            deserialize({ value: utf8 }),
            handle(({ value }) => `order ${value}`),
            handle(sink),
            commit({ every: 1 })
          )
        )
      )
  }),
  poison: test(
    'orders/0          ab-------\nsink a            #\none               ^--------\norders/0 commits  -b-------\nwrites dlq        a--------',
    {
      pipeline: (orders, { cluster, sink }) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(handle(sink, { onFailure: deadLetter(cluster, { topic: 'dlq' }) }), commit({ every: 1 }))
          )
        )
    }
  )
}

/** Writes each record in capitals. */
const copying: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: utf8 }),
        produceTo(cluster, {
          topic: 'copies',
          properties: { 'linger.ms': 0 },
          record: ({ key, value }) => ({ key, value: value.toUpperCase() })
        }),
        commit({ every: 1 })
      )
    )
  )

/** Gives up what takes longer than three milliseconds. */
const impatient: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(handle(sink, { timeoutMs: 3, onFailure: 'skip' }), commit({ every: 1 }))
    )
  )

describe('catches', () => {
  it('plants another key where records are produced, which only `written` shows', async () => {
    const diagram = 'orders/0       a--\none            ^--\nwrites copies  A--'
    const copied = { pipeline: copying, values: { A: 'A' } }
    await expect(catches({ keyless: test(diagram, { ...copied, written: { A: {} } }) })).rejects.toThrow(
      'writes another key: it produces records with another key than the pipeline has made, and every test passes. Shown by `written`'
    )
    const keyed = test(diagram, { ...copied, written: { A: { key: 'a' } } })
    expect(await catches({ keyed }, { bugs: ['writes another key'] })).toEqual([
      { bug: 'writes another key', by: 'keyed', how: '“writes copies” at 0 ms: “?”, where “A” was expected' }
    ])
  })

  it('says that no record reaches a time limit, and plants one that is ignored', async () => {
    const fast = test('orders/0          a-----\none               ^-----\norders/0 commits  a-----', {
      pipeline: impatient
    })
    await expect(catches({ fast })).rejects.toThrow(
      'ignores time limits: it lets attempts go on beyond their `timeoutMs`, and never came into play. It needs an attempt that takes longer than its `timeoutMs`'
    )
    const slow = test(
      'orders/0          a-----\nsink a            -----|\none               ^-----\norders/0 acks     ---a--',
      {
        pipeline: impatient
      }
    )
    expect(await catches({ fast, slow }, { bugs: ['ignores time limits'] })).toEqual([
      { bug: 'ignores time limits', by: 'slow', how: '“orders/0 acks” at 3 ms: nothing, where “a” was expected' }
    ])
  })

  it('names the bugs that no test has seen, what they need, and what shows them', async () => {
    const message = await messageOf(catches({ weak }))
    expect(message).toContain('no test has seen')
    expect(message).toContain(
      'acknowledges early: it acknowledges each record as soon as it is delivered, and every test passes. Shown by a slow record'
    )
    expect(message).toContain(
      'reorders a key: it swaps two records of one key that follow each other, and never came into play. It needs two records of one partition with the same key'
    )
    expect(message).toMatch(/seen\n[^]*drops the last +by “weak”: “sink” at 1 ms: nothing, where “b” was expected/)
  })

  it('gives which test has seen which bug', async () => {
    const caught = await catches(thorough)
    expect(Object.fromEntries(caught.map(({ bug, by }) => [bug, by]))).toEqual({
      'acknowledges early': 'slow',
      'never acknowledges': 'slow',
      'commits without acknowledgement': 'slow',
      'drops the last': 'slow',
      'reorders a key': 'keys',
      'writes twice': 'slow',
      'does not wait': 'slow',
      'writes another value': 'values',
      'swallows errors': 'poison',
      'forgets the drain': 'slow'
    })
  })

  it('plants bugs of the user', async () => {
    const tooEarly: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))
    const own: CatchesOptions = { bugs: [], own: { 'acknowledges before it writes': () => tooEarly } }
    const caught = await catches({ slow: thorough.slow }, own)
    expect(caught).toEqual([
      expect.objectContaining({ bug: 'acknowledges before it writes', by: 'slow', how: expect.stringContaining('“') })
    ])
    await expect(catches({ weak }, own)).rejects.toThrow('acknowledges before it writes: it is your own')
  })

  it.each<readonly [string, (pipeline: Pipeline) => Pipeline, string]>([
    [
      'throws when it is planted',
      () => {
        throw new Error('no such file')
      },
      'Error: no such file'
    ],
    ['gives no pipeline', () => undefined as never, 'TypeError: what is planted is no pipeline'],
    [
      'throws when it is made',
      () => () => {
        throw new Error('not configured')
      },
      'Error: not configured'
    ],
    ['gives no Observable', () => () => undefined as never, 'TypeError: what is planted gives no Observable'],
    ['fails at once', () => () => throwError(() => new Error('at once')), 'Error: at once'],
    [
      'fails before it has a record',
      () => (orders) =>
        orders.pipe(
          eachPartition(() => {
            throw new Error('no table')
          })
        ),
      'no table'
    ]
  ])('does not count one of the user that never ran: %s', async (_what, plant, reason) => {
    const trial = catches({ slow: thorough.slow }, { bugs: [], own: { broken: plant } })
    await expect(trial).rejects.toThrow('no test has seen 1 of 1 planted bugs')
    await expect(trial).rejects.toThrow('broken: it did not start, so there was nothing to see: ')
    await expect(trial).rejects.toThrow(reason)
  })

  it('plants them in what is produced too', async () => {
    const copying: Pipeline = (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(produceTo(cluster, { topic: 'copies', properties: { 'linger.ms': 0 } }), commit({ every: 1 }))
        )
      )
    const copies = test(
      'orders/0          ab-------\ntakes Produce     ---|\none               ^--------\nwrites copies     ---a--b--\norders/0 commits  ---a--b--',
      { pipeline: copying, topics: { copies: 1 }, values: { a: 'a', b: 'b' } }
    )
    const caught = await catches(
      { copies },
      { bugs: ['writes twice', 'does not wait', 'writes another value', 'drops the last'] }
    )
    expect(caught).toHaveLength(4)
  })

  it('has tests, and plants something', async () => {
    await expect(catches({})).rejects.toThrow('there is no test that could see a bug')
    await expect(catches({ weak }, { bugs: [] })).rejects.toThrow('no bug is planted')
    await expect(catches({ weak }, { bugs: [], own: {} })).rejects.toThrow('no bug is planted')
  })

  it('begins with tests that pass, and that `marbles` has made', async () => {
    const wrong = test('orders/0  a--\none       ^--\nsink      -a-')
    await expect(catches({ wrong })).rejects.toThrow('“sink” at 0 ms')
    await expect(catches({ other: () => Promise.resolve() })).rejects.toThrow(
      '“other” is no test that `marbles` has made'
    )
  })
})
