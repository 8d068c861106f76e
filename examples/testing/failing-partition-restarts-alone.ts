// Does a pipeline that fails take the whole consumer down?
//
// `b` fails its pipeline. That of its partition alone is begun again, at `b`; the other one sees nothing of it.
import { commit, eachPartition, exponential, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const restart = exponential({ initialMs: 3, maxMs: 3, random: () => 1 })

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 })), { onError: { restart } })
  )

export const failingPartitionRestartsAlone = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -abc--------
    orders/1          -efgh-------
    sink b            #-|
    one               ^-----------
    one rebalances    A-----------
    one orders/1      ^efgh-------
    orders/0 commits  -a----(bc)--
    orders/1 commits  -efgh-------
    `,
    { pipeline, config: { 'fetch.max.wait.ms': 1 } }
  )
})
