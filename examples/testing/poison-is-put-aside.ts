// Does a record that can never be handled stop everything behind it, or come for ever?
//
// `b` fails, is tried again, fails again, and is written to the dead letters; only then it counts. `c` and `d` follow.
import { commit, deadLetter, eachPartition, exponential, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const retry = { attempts: 2, backoff: exponential({ initialMs: 2, maxMs: 2, random: () => 1 }) }

const pipeline: Pipeline = (orders, { sink, cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(sink, { retry, onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) }),
        commit({ every: 1 })
      )
    )
  )

export const poisonIsPutAside = marbles(({ cluster }) => {
  cluster(
    `
    orders/0           -abcd------
    sink b             -#-#
    one                ^----------
    handles b          --^!-^!----
    writes orders.dlq  ------b----
    sink               -a----(cd)-
    orders/0 commits   -a----(bd)-
    `,
    { pipeline }
  )
})
