// What does a shutdown do with what is in flight?
//
// At `|` the intake stops: `c` is not delivered any more. `a` and `b` are finished and committed, then the member leaves.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit())))

export const shutsDownGracefully = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -ab-c---------
    sink a            ---|
    sink b            ---|
    one               ^--|----------
    one orders/0      ^ab|----------
    sink              ----a--b------
    orders/0 commits  -------b------
    one ends          -------|------
    `,
    { pipeline }
  )
})
