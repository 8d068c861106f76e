import { concat, mergeMap, of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, exponential, handle, type ConsumerRecord } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'
import { letterOf } from '../../support/marble-handlers.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const written: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

describe('eachPartition', () => {
  it(
    'runs a separate pipeline for each partition, and completes when the consumer and all of them have',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0      -a-b------
        orders/1      -c--------
        sink b        ---|
        one           ^----|----
        one orders/0  ^a-b-|----
        one orders/1  ^c---|----
        sink          -(ac)-b---
        one ends      ------|---
        `,
        { pipeline: written }
      )
    })
  )
  it(
    'errors with its source, and leaves the pipelines to their partitions',
    marbles(({ partition, expectRecords }) => {
      const orders = partition('-a-b|')
      const failing = concat(
        of(orders.stream),
        throwError(() => 'error')
      )
      expectRecords(failing.pipe(eachUnacknowledged((p) => p))).toBe('#')
    })
  )
  it(
    'stops the consumer when a pipeline fails: the others are drained and committed, then it errors',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a---------
        orders/1          --b--------
        sink a            ---|
        one               ^----------
        one orders/0      ^a|--------
        one orders/1      ^-(b!)-----
        orders/0 commits  ----a------
        one ends          ----#------
        `,
        {
          pipeline: (orders, { sink }) =>
            orders.pipe(
              eachPartition((partition) =>
                partition.pipe(
                  handle((record) =>
                    letterOf(record) === 'b' ? throwError(() => new Error('refused')) : sink(record)
                  ),
                  commit({ every: 1 })
                )
              )
            )
        }
      )
    })
  )
  it(
    'restarts a pipeline that fails from its first unsettled record, and leaves the others alone',
    marbles(({ cluster }) => {
      let failures = 0
      const backoff = exponential({ initialMs: 4, maxMs: 4, random: () => 1 })
      cluster(
        `
        orders/0          -a--------
        orders/1          -b--------
        one               ^---------
        one orders/0      ^a--------
        one orders/1      ^(b!)(^b)-
        orders/1 commits  -----b----
        `,
        {
          config: { 'fetch.max.wait.ms': 1 },
          pipeline: (orders) =>
            orders.pipe(
              eachPartition(
                (partition) =>
                  partition.pipe(
                    handle((record) => {
                      if (letterOf(record) === 'b' && failures++ === 0) throw new Error('refused')
                    }),
                    commit({ every: 1 })
                  ),
                { onError: { restart: backoff } }
              )
            )
        }
      )
    })
  )
  it(
    'counts a project that throws as a pipeline that failed',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0      -a---
        one           ^----
        one orders/0  -----
        one ends      #----
        `,
        {
          pipeline: (orders) =>
            orders.pipe(
              eachPartition(() => {
                throw new Error('no project')
              })
            )
        }
      )
    })
  )
  it(
    'unsubscribes from every pipeline, and the member leaves',
    marbles(({ cluster }) => {
      const play = cluster(
        `
        orders/0      -a--------
        sink a        -----|
        one           ^--!------
        one orders/0  ^a-!------
        handles a     -^-!------
        sink          ----------
        `,
        { pipeline: written }
      )
      return () => {
        expect(play.cluster.describeGroup('group').members).toEqual([])
      }
    })
  )
  it(
    'waits for a pipeline whose partition is revoked, with what it has in flight',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0          -a----------
        orders/1          -b----------
        sink b            ------|
        one               ^-----------
        two               --^---------
        one orders/1      ^b-|--------
        handles b         -^-----!----
        orders/1 commits  -------b----
        two orders/1      ---------^--
        `,
        { pipeline: written }
      )
    })
  )
  it(
    'unsubscribes from a pipeline whose drain has timed out: nothing is flushed',
    marbles(({ cluster }) => {
      const play = cluster(
        `
        orders/0      -ab-----------
        sink b        --------------|
        one           ^--|----------
        one orders/0  ^ab|----------
        handles b     --^-----!-----
        sink          -a------------
        one ends      --------!-----
        `,
        { pipeline: written, config: { 'drain.timeout.ms': 6 } }
      )
      return () => {
        expect(play.report('one')).toMatchObject({ outcome: 'deadline', partitions: [{ repeated: 1 }] })
      }
    })
  )
  it(
    'is not needed for a flat merge, whose end is not visible: a drain waits for the acknowledgements',
    marbles(({ cluster }) => {
      cluster(
        `
        orders/0  -a-------
        sink a    ----|
        one       ^--|-----
        sink      -----a---
        one ends  -----|---
        `,
        {
          pipeline: (orders, { sink }) =>
            orders.pipe(
              mergeMap((partition) => partition),
              handle<ConsumerRecord, unknown>(sink),
              commit({ every: 1 })
            )
        }
      )
    })
  )
})
