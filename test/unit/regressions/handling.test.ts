import { describe, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { marbles } from '../../../src/testing.js'

describe('handle', () => {
  it(
    'passes on the record whose handler drains the consumer and answers at once, before it completes',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a----
        one               ^-----
        one orders/0      ^(a|)-
        orders/0 commits  -a----
        one ends          -|----
        `,
        {
          pipeline: (orders) =>
            orders.pipe(
              eachPartition((partition) =>
                partition.pipe(
                  handle(() => {
                    void orders.drain()
                  }),
                  commit()
                )
              )
            )
        }
      )
    })
  )
})
