import { describe, expect, it } from 'vitest'
import { commit, eachPartition, exponential, handle } from '../../../src/index.js'
import { DiagramError, marbles, type Pipeline, type Scenario } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const retrying: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(sink, { retry: { attempts: 5, backoff: exponential({ initialMs: 1, maxMs: 1, random: () => 1 }) } }),
        commit({ every: 1 })
      )
    )
  )

const play = (diagram: string, more: Partial<Scenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  })()

describe('a letter many times', () => {
  it('is written, and seen, as often as a line says', async () => {
    await play(`
      orders/0          a*100-------
      one               ^-----------
      sink              a[1..100]---
      orders/0 commits  (a[1]a[100])
    `)
    await expect(play('orders/0  a*100-\none       ^-----\nsink      a*99--')).rejects.toThrow(
      /“sink” at 0 ms: “a”, where nothing was expected[^]*was\n[^]*sink {6}a\*100-/
    )
  })

  it('stands in a group with others', async () => {
    await play('orders/0  (a*3b)--\none       ^------\nsink      (aaab)-')
  })

  it('fails as often, and takes as long each time', async () => {
    await play(
      `
      orders/0            a-------
      fails OffsetCommit  x*2-----
      one                 ^-------
      orders/0 refused    a-a-----
      orders/0 commits    ---a----
      `,
      { config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 } }
    )
    await play(
      `
      orders/0   a-------------
      sink a     -#*3-|
      one        ^-------------
      handles a  ^#^#^#^|------
      `,
      { pipeline: retrying }
    )
  })
})

describe('one of several records of a letter', () => {
  const diagram = `
    orders/0              a*3-b------
    sink a[2]             --|
    one                   ^----------
    handles a[1]          (^!)-------
    handles a[2]          ^-!--------
    sink                  a[1]-------
    sink                  --(a[2..3])
    sink                  ----b------
    orders/0 commits      a[1]-------
    orders/0 commits      --a[2]-----
    orders/0 commits      --a[3]-----
    orders/0 commits      ----b------
  `

  it('has its own time, and its own place in every line', () => play(diagram))

  it('shows in which order they came', async () => {
    await play('orders/0  a*4----\none       ^------\nsink      a[1..4]')
    await expect(play('orders/0  a*3----\none       ^------\nsink      (a[2]a[1]a[3])')).rejects.toThrow(
      /“sink” at 0 ms: “a\[1\]”, where “a\[2\]” was expected[^]*sink {6}a\[1\.\.3\]/
    )
  })

  it('is one that is written', async () => {
    await expect(play(diagram.replace('handles a[2]', 'handles a[4]'))).rejects.toThrow(DiagramError)
    await expect(play(diagram.replace('handles a[2]', 'handles a[4]'))).rejects.toThrow(
      '“a” is written 3 times: there is no a[4]'
    )
    await expect(play(diagram.replace('--a[3]', '--a[9]'))).rejects.toThrow('“a” is written 3 times: there is no a[9]')
    await expect(play(diagram.replace(' a*3-', ' a[3]'))).rejects.toThrow('numbers are for what is expected')
  })

  it('has a key and a value of its own where its letter has a function', async () => {
    const keyed = { a: (number: number) => ({ key: `k${String(number)}`, value: String(number) }) }
    await play('orders/0  a*3----\none       ^------\nsink      a[1..3]', {
      records: keyed,
      values: { 'a[2]': '2' },
      pipeline: (orders, { sink }) =>
        orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
    })
  })
})

describe('what looks like a jump', () => {
  it.each(['20h', '3min', '10sec', '2d'])('is no row of letters: %s', async (token) => {
    await expect(play(`orders/0  a ${token} b\none       ^-------`)).rejects.toThrow(
      `“${token}” is no jump: jumps are in ms, s and m, as 500ms, 30s, 1200m`
    )
  })
})
