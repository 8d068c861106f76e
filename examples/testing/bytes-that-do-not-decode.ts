// What becomes of bytes that are not what the codec expects?
//
// `x` is no number. It is among the dead letters as it came, the pipeline never sees it, and what is behind it waits until
// that is confirmed.
import * as t from 'io-ts'
import { commit, deadLetter, deserialize, eachPartition, handle, json } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink, cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        deserialize({ value: json(t.number) }, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) }),
        handle(sink),
        commit({ every: 1 })
      )
    )
  )

export const bytesThatDoNotDecode = marbles(({ cluster }) => {
  cluster(
    `
    orders/0           -1x2-----
    one                ^--------
    sink               -1-2-----
    writes orders.dlq  --x------
    orders/0 acks      -1x2-----
    orders/0 commits   -1x2-----
    `,
    { pipeline }
  )
})
