// Do records that are filtered out, or cannot be handled, hold the commit back?
//
// `a` is refused by a filter, `b` fails and goes to the dead letters, `c` is written. All three are settled.
import { commit, deadLetter, eachPartition, filterRecords, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink, cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        filterRecords((_, { offset }) => offset > 0n),
        handle(sink, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) }),
        commit({ every: 1 })
      )
    )
  )

export const filteredRecordsAreDone = marbles(({ cluster }) => {
  cluster(
    `
    orders/0           -abc----
    sink b             -#
    one                ^-------
    one orders/0       ^abc----
    sink               ---c----
    writes orders.dlq  ---b----
    orders/0 acks      -a-(bc)-
    orders/0 commits   ---c----
    `,
    { pipeline }
  )
})
