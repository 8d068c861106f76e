import { describe, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'

/** Reads before it writes, as handlers do. */
const awaiting: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(async (record) => {
          await Promise.resolve()
          await sink(record)
        }),
        commit({ every: 1 })
      )
    )
  )

const diagram = `
  orders/0          -ab-----
  sink a            ---|
  one               ^-------
  sink              ----(ab)
  orders/0 commits  ----(ab)
`

describe('the sink of a diagram', () => {
  it('can be awaited in a handler', () =>
    marbles(({ cluster }) => {
      cluster(diagram, { pipeline: awaiting })
    })())

  it('fails in the handler that awaits it', async () => {
    const failing = 'orders/0  -a-\nsink a    #\none       ^--\none ends  -#-'
    await marbles(({ cluster }) => {
      cluster(failing, { pipeline: awaiting })
    })()
  })
})
