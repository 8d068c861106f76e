// What is committed when records are finished out of order?
//
// `a` takes longest: what is finished behind it waits, since a crash would otherwise lose `a`. Nothing is committed twice.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) => partition.pipe(handle(sink, { concurrency: 4, order: 'none' }), commit({ every: 1 })))
  )

export const commitsStopAtTheGap = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -abc--------
    sink a            --------|
    sink b            ---|
    one               ^-----------
    orders/0 acks     ---c-b---a--
    orders/0 commits  ---------c--
    `,
    { pipeline }
  )
})
