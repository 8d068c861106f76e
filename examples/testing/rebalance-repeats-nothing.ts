// Does a rebalance repeat what is in flight?
//
// `two` joins while `e` is being written. Its partition's stream completes, the write goes on, is committed, and only then
// does `two` get the partition: it begins behind `e`.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const rebalanceRepeatsNothing = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -a--------b----
    orders/1          -e---------f---
    sink e            ------|
    one               ^--------------
    two               --^------------
    one orders/0      ^a--------b----
    one orders/1      ^e-|-----------
    two orders/1      ---------^-f---
    orders/1 commits  -------e---f---
    `,
    { pipeline }
  )
})
