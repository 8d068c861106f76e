// Can a record that fails wait without holding up the others, and without losing the order of its key?
//
// `a` fails, and is put aside with `b`, which is of its key. `c` is of another and goes on. Then `a` succeeds, and `b` follows.
import { commit, eachPartition, exponential, handle, park } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const backoff = exponential({ initialMs: 4, maxMs: 4, random: () => 1 })

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(sink, {
          concurrency: 4,
          order: 'key',
          onFailure: park({ retry: { attempts: 9, backoff }, then: 'fail' })
        }),
        commit({ every: 1 })
      )
    )
  )

export const parkedKeysWaitAside = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -abc-------
    sink a            #-|
    one               ^----------
    handles a         -(^!)^!----
    sink              ---c--(ab)-
    orders/0 commits  ------(ac)-
    `,
    { pipeline, records: { a: { key: 'one' }, b: { key: 'one' }, c: { key: 'two' } } }
  )
})
