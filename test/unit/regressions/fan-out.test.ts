import { describe, it } from 'vitest'
import { commit, eachPartition, fanOut, handle } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'

describe('fanOut', () => {
  it(
    'gives back the credit of a record whose last branch ends in a handler, which lets go of it only after passing it on',
    marbles(({ cluster, cold }) => {
      cluster(
        `
        orders/0              -(abcdef)-----
        one                   ^-------------
        one orders/0 commits  --abcdef------
        `,
        {
          config: { maxInFlight: 2 },
          pipeline: (orders) =>
            orders.pipe(
              eachPartition((partition) =>
                partition.pipe(
                  fanOut((records) => records.pipe(handle(() => cold('-|')))),
                  commit({ withinMs: 0 })
                )
              )
            )
        }
      )
    })
  )
})
