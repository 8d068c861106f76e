import { describe, expect, it } from 'vitest'
import '../../../src/testing/vitest.js'
import { commit, eachPartition, handle } from '../../../src/index.js'
import type { Pipeline } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const diagram = `
  orders/0              -ab--
  one                   ^----
  one orders/0 commits  -ab--
`

describe('toPlay', () => {
  it('holds for a pipeline that makes the diagram come true', async () => {
    await expect(pipeline).toPlay(diagram)
  })

  it('fails with both diagrams', async () => {
    await expect(expect(pipeline).toPlay(diagram.replace('commits  -ab', 'commits  --a'))).rejects.toThrow(
      'the diagram did not come true'
    )
  })

  it('can be denied, but not by a diagram that cannot be read', async () => {
    await expect(pipeline).not.toPlay(diagram.replace('commits  -ab', 'commits  --a'))
    await expect(expect(pipeline).not.toPlay('orders')).rejects.toThrow('cannot be read')
  })
})
