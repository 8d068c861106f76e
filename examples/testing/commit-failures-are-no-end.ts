// Does a failed commit end the stream?
//
// The first commit is refused and the second breaks the connection. Records flow on; what is tried again is the newest
// offset.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const commitFailuresAreNoEnd = marbles(({ cluster }) => {
  cluster(
    `
    orders/0            -abc------d-----
    fails OffsetCommit  -(rx)-----------
    one                 ^---------------
    one orders/0        ^abc------d-----
    orders/0 refused    -a-b------------
    orders/0 commits    -----c----d-----
    one rebalances      A---------------
    `,
    {
      pipeline,
      faults: { r: 'COORDINATOR_LOAD_IN_PROGRESS' },
      config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
    }
  )
})
