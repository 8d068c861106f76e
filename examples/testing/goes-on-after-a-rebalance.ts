// Does a consumer go on after a rebalance in which its commit fails?
//
// The coordinator is not there when the commits of the drain are due. They are tried again, both members have their
// partition afterwards, and everything is read and committed.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const goesOnAfterARebalance = marbles(({ cluster }) => {
  cluster(
    `
    orders/0            -a-----------b---
    orders/1            ---e---------f---
    fails OffsetCommit  ---r-------------
    one                 ^----------------
    two                 --^--------------
    orders/1 refused    ---e-------------
    orders/0 commits    -a-----------b---
    orders/1 commits    -----e-------f---
    two orders/1        ------^------f---
    `,
    {
      pipeline,
      faults: { r: 'COORDINATOR_NOT_AVAILABLE' },
      config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
    }
  )
})
