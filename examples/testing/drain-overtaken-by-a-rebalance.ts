// What if the group changes again while a partition is being drained for it?
//
// `two` comes, `e` is still being written, and `two` goes again before it has got anything. The drain ends as it would have;
// the partition comes back, and goes on behind `e`: nothing is done twice, nothing stands.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const drainOvertakenByARebalance = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -a-------------
    orders/1          -e--------f----
    sink e            --------|
    one               ^--------------
    two               --^---!--------
    one orders/1      ^e-|-----^f----
    two orders/1      ---------------
    handles e         -^-------!-----
    orders/1 commits  ---------ef----
    `,
    { pipeline }
  )
})
