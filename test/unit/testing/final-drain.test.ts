import { describe, expect, it } from 'vitest'
import { batch, commit, eachPartition, handle, produceTo, writeTo } from '../../../src/index.js'
import { DiagramError, marbles, type MarblesOptions, type Pipeline, type Scenario } from '../../../src/testing.js'

const play = (diagram: string, pipeline: Pipeline, more: Partial<Scenario> = {}, how?: MarblesOptions): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  }, how)()

/** Two records at a time, and what is left over when it is drained. */
const inPairs: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(batch({ records: 2 }), writeTo(sink), commit({ every: 1 }))))
const copying =
  (lingerMs: number): Pipeline =>
  (orders, { cluster }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          produceTo(cluster, { topic: 'copies', properties: { 'linger.ms': lingerMs } }),
          commit({ every: 1 })
        )
      )
    )

const pairs = (sink: string, commits = '---b--..c'): string => `
  orders/0          -abc--
  one               ^-----
  sink              ${sink}
  orders/0 commits  ${commits}
`

describe('what the final drain brings', () => {
  it('is compared with what is written behind the last column', async () => {
    await play(pairs('--(ab)..c', '--b---..c'), inPairs)
    const trial = play(pairs('--(ab)', '--b---..c'), inPairs)
    await expect(trial).rejects.toThrow(
      'the diagram did not come true: “sink” after the last column, in the final drain: “c”, where nothing was expected'
    )
    // What was is a line that can be pasted.
    await expect(trial).rejects.toThrow('was\n  sink              --(ab)..c\n')
    await expect(play(pairs('--(ab)..c', '--b---'), inPairs)).rejects.toThrow(
      '“orders/0 commits” after the last column'
    )
    await expect(play(pairs('--(ab)..cb', '--b---..c'), inPairs)).rejects.toThrow('“c”, where “cb” was expected')
  })

  it('is compared in what is written to topics, with its values', async () => {
    const diagram = 'orders/0       a---\none            ^---\nwrites copies  ----..a'
    await play(diagram, copying(100), { topics: { copies: 1 } })
    await expect(play(diagram.replace('..a', ''), copying(100), { topics: { copies: 1 } })).rejects.toThrow(
      '“writes copies” after the last column, in the final drain: “a”'
    )
    await expect(
      play(diagram, copying(100), { topics: { copies: 1 }, values: { a: 'another' }, records: { a: { key: 'k' } } })
    ).rejects.toThrow('“?”, where “a” was expected')
  })

  it('is compared in attempts, marks and acknowledgements', async () => {
    const slow: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
    await play(
      'orders/0       -a--\nsink a         -----|\none            ^---\none handles a  -^--..!\norders/0 acks  ----..a\none ends       ----..|',
      slow
    )
    await expect(
      play('orders/0       -a--\nsink a         -----|\none            ^---\none handles a  -^--', slow)
    ).rejects.toThrow('“one handles a” after the last column')
  })

  it('is no more than the end of streams and members where no line says otherwise', () =>
    play(
      'orders/0        -a--\none             ^---\none orders/0    ^a--\none ends        ----\none rebalances  A---',
      copying(0),
      {
        topics: { copies: 1 }
      }
    ))

  it('is no failure that nobody sees', async () => {
    const failing: Pipeline = (orders, { sink }) =>
      orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
    const diagram = 'orders/0      -a--\nsink a        -----#\none           ^---\none orders/0  ^a--'
    await expect(play(diagram, failing, {}, { leakCheck: true })).rejects.toThrow(
      'one failed in the final drain: handle failed'
    )
    await play(`${diagram}\none ends      ----..#`, failing)
  })

  it('cannot be said where there is none, and not of what is done', async () => {
    const bare = 'orders/0  a--\none       ^--\nsink      a--..b'
    const without = play(bare, inPairs, {}, { leakCheck: false })
    await expect(without).rejects.toThrow(DiagramError)
    await expect(without).rejects.toThrow('with { leakCheck: false } nothing is drained at the end')
    await expect(play(bare, inPairs, { losesNothing: true })).rejects.toThrow(
      'with `losesNothing` another member reads on'
    )
    await expect(play('orders/0  a--..b\none       ^--', inPairs)).rejects.toThrow('nothing is done behind ..')
  })
})
