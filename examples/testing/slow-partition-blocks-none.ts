// Does one slow partition hold up the others?
//
// `a` hangs. Its partition gets two records, which is what may be in flight; the other one flows on.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const slowPartitionBlocksNone = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -abcd---------
    orders/1          -efgh---------
    sink a            ----------|
    one               ^-------------
    one orders/0      ^ab--------(cd)
    one orders/1      ^efgh---------
    orders/1 commits  -efgh---------
    `,
    { pipeline, config: { maxInFlight: 2 } }
  )
})
