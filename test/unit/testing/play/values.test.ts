import { describe, expect, it, onTestFinished } from 'vitest'
import {
  batch,
  commit,
  deadLetter,
  deserialize,
  eachPartition,
  handle,
  mapValue,
  produceTo,
  utf8
} from '../../../../src/index.js'
import { MarbleError, marbles, type MarbleBody, type Pipeline, type Scenario } from '../../../../src/testing.js'

interface Priced {
  readonly id: string
  readonly price: number
}

/** Prices orders; one of the two prices is wrong. */
const pricing =
  (priceOf: (id: string) => number): Pipeline =>
  (orders, { cluster }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          mapValue((id): Priced => ({ id, price: priceOf(id) })),
          produceTo(cluster, {
            topic: 'priced',
            properties: { 'linger.ms': 0 },
            record: ({ value }) => ({ value: JSON.stringify(value) })
          }),
          commit({ every: 1 })
        )
      )
    )
const right = (id: string): number => (id === 'a' ? 12 : 7)
const wrong = (id: string): number => (id === 'a' ? 12 : 70)

const priced = (shown: string): string => `
  orders/0       ab----
  one            ^-----
  writes priced  ${shown}
`
const playing =
  (diagram: string, scenario: Scenario): MarbleBody =>
  ({ cluster }) => {
    cluster(diagram, scenario)
  }
const errorOf = async (body: MarbleBody): Promise<Error> => {
  try {
    await marbles(body)()
  } catch (error) {
    if (error instanceof MarbleError) return error
    throw error
  }
  throw new Error('the test is green')
}
const values = { A: { id: 'a', price: 12 }, B: { id: 'b', price: 7 } }

describe('values', () => {
  it('are compared in full where letters map to them', async () => {
    await marbles(playing(priced('AB----'), { pipeline: pricing(right), values }))()
    const { message } = await errorOf(playing(priced('AB----'), { pipeline: pricing(wrong), values }))
    expect(message).toContain('the diagram did not come true: “writes priced” at 1 ms: “?”, where “B” was expected')
    expect(message).toContain('“writes priced”: {"id":"b","price":70} is not B\n  price is 70, where 7 was expected')
  })

  it('that are not compared are warned of, in green as in red', async () => {
    const warnings: string[] = []
    const listen = ({ message }: Error): void => {
      warnings.push(message)
    }
    process.on('warning', listen)
    onTestFinished(() => {
      process.off('warning', listen)
    })
    await marbles(playing(priced('{{----'), { pipeline: pricing(wrong) }))()
    await new Promise((done) => setImmediate(done))
    expect(warnings).toEqual([
      expect.stringContaining('values were not compared beyond their first character in “writes priced”')
    ])
    const { message } = await errorOf(playing(priced('{-----'), { pipeline: pricing(wrong) }))
    expect(message).toContain(
      '“writes priced” shows the first characters of values: they were not compared any further'
    )
  })

  it('are held against what a sink gets: decoded, mapped, or as it came', async () => {
    const sinking =
      (change: (value: string) => string): Pipeline =>
      (orders, { sink }) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(deserialize({ value: utf8 }), mapValue(change), handle(sink), commit({ every: 1 }))
          )
        )
    const same = sinking((value) => value)
    const doubled = sinking((value) => value + value)
    const diagram = 'orders/0  ab---\none       ^----\nsink      ab---'
    await marbles(playing(diagram, { pipeline: same, values: { a: 'a', b: 'b' } }))()
    await marbles(playing(diagram, { pipeline: doubled, values: { a: 'aa', b: 'bb' } }))()
    const { message } = await errorOf(playing(diagram, { pipeline: doubled, values: { a: 'aa', b: 'b' } }))
    expect(message).toContain('“sink”: "bb" is not b\n  it is "bb", where "b" was expected')
    const raw: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) => partition.pipe(batch({ records: 2 }), handle(sink), commit({ every: 1 })))
      )
    const records = { a: { value: '{"n":1}' }, b: { value: '{"n":2}' } }
    const both = 'orders/0  (ab)---\none       ^-------\nsink      (ab)---'
    await marbles(playing(both, { pipeline: raw, records, values: { a: { n: 1 }, b: { n: 2 } } }))()
    expect(
      (await errorOf(playing(both, { pipeline: raw, records, values: { a: { n: 1 }, b: { n: 3 } } }))).message
    ).toContain('n is 2, where 3 was expected')
  })

  it('are held against what a handler of one’s own has seen', async () => {
    const body =
      (amount: number): MarbleBody =>
      ({ cluster, mark }) => {
        const charged = mark('charged')
        const pipeline: Pipeline = (orders) =>
          orders.pipe(
            eachPartition((partition) =>
              partition.pipe(
                deserialize({ value: utf8 }),
                handle(({ value }) => {
                  charged(value, { amount })
                }),
                commit({ every: 1 })
              )
            )
          )
        cluster('orders/0  a--\none       ^--\ncharged   a--', { pipeline, values: { a: { amount: 5 } } })
      }
    await marbles(body(5))()
    expect((await errorOf(body(6))).message).toContain(
      '“charged”: {"amount":6} is not a\n  amount is 6, where 5 was expected'
    )
  })

  it('of dead letters are the record’s own; a copy that is expected to be something else is not', async () => {
    const poison: Pipeline = (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(
              () => {
                throw new Error('poison')
              },
              { onFailure: deadLetter(cluster, { topic: 'dlq' }) }
            ),
            commit({ every: 1 })
          )
        )
      )
    const diagram = 'orders/0    a---\none         ^---\nwrites dlq  a---'
    const records = { a: { value: '{"id":1}' } }
    await marbles(playing(diagram, { pipeline: poison, records, values: { a: { id: 1 } } }))()
    await marbles(playing(diagram, { pipeline: poison, records }))()
    const copying: Pipeline = (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(produceTo(cluster, { topic: 'dlq', properties: { 'linger.ms': 0 } }), commit({ every: 1 }))
        )
      )
    await marbles(playing(diagram, { pipeline: copying, records }))()
    const { message } = await errorOf(
      playing(diagram, { pipeline: copying, records, values: { a: { id: 1, price: 2 } } })
    )
    expect(message).toContain('price is nothing, where 2 was expected')
  })
})
