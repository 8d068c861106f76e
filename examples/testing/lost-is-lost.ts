// What becomes of records whose partition was lost?
//
// The group expels `one` while it writes `a`. The pipeline is unsubscribed from, not completed: the write is abandoned, nothing
// is acknowledged or committed by `one` any more, and the record comes again.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const lostIsLost = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -a-------------
    sink a            ------|
    one               ^--x-----------
    one rebalances    A--(LA)--------
    one orders/0      ^a-(!^a)-------
    handles a         -^-(!^)--!-----
    orders/0 acks     ---------a-----
    orders/0 commits  ---------a-----
    `,
    { pipeline, config: { 'fetch.max.wait.ms': 2 } }
  )
})
