import { commit, eachPartition, handle } from 'ackstream'
import type { Pipeline } from 'ackstream/testing'
import 'ackstream/testing/vitest'
import { expect, it } from 'vitest'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

it('plays', async () => {
  await expect(pipeline).toPlay(`
    orders/0              -abc-----
    sink b                ---|
    one                   ^--------
    one orders/0 commits  -a---(bc)
  `)
  await expect(expect(pipeline).toPlay('orders/0  -a-\none  ^--\none orders/0 commits  a--')).rejects.toThrow()
})
