import { describe, it } from 'vitest'
import { commit, eachPartition, handle, produceTo, type ConsumerRecord } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'
import { letterOf } from '../../support/marble-handlers.js'

const copying: Pipeline = (orders, { cluster, sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle((record) => sink(record)),
        produceTo(cluster, {
          topic: 'copy',
          properties: { 'linger.ms': 0 },
          record: (record: ConsumerRecord<Uint8Array | null, unknown>) => {
            if (letterOf(record) === 'x') throw new Error('no copy')
            return { key: record.key, value: record.source.value }
          }
        }),
        commit({ every: 1 })
      )
    )
  )

describe('produceTo', () => {
  it(
    'writes each record before it is committed, and completes when all are confirmed',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a-b-----
        one               ^----|---
        writes copy       -a-b-----
        orders/0 commits  -a-b-----
        one ends          -----|---
        `,
        { pipeline: copying }
      )
    })
  )
  it(
    'errors with the source, and acknowledges nothing of what was not written',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a-b-----
        sink b            -#
        one               ^--------
        writes copy       -a-------
        orders/0 commits  -a-------
        one ends          ----#----
        `,
        { pipeline: copying }
      )
    })
  )
  it(
    'errors when its function throws, and acknowledges nothing of it',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a-x-----
        one               ^--------
        writes copy       -a-------
        orders/0 commits  -a-------
        one ends          ---#-----
        `,
        { pipeline: copying }
      )
    })
  )
  it(
    'writes nothing any more once it is unsubscribed from',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a-b-----
        sink b            ---|
        one               ^----!---
        writes copy       -a-------
        orders/0 commits  -a-------
        `,
        { pipeline: copying }
      )
    })
  )
  it(
    'writes what is in flight when its partition is revoked, before that is given to another',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a-----------
        orders/1          -b-----------
        sink b            ------|
        one               ^------------
        two               --^----------
        writes copy       -a-----b-----
        orders/1 commits  -------b-----
        two orders/1      ---------^---
        `,
        { pipeline: copying }
      )
    })
  )
  it(
    'writes nothing of a partition whose drain has timed out',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -ab-----------
        sink b            -------------|
        one               ^--|----------
        writes copy       -a------------
        orders/0 commits  -a------------
        one ends          --------!-----
        `,
        { pipeline: copying, config: { 'drain.timeout.ms': 6 } }
      )
    })
  )
})
