// Recipes for searches: any schedule of crashes and rebalances, and a real cluster beside the embedded one.
import { describe, expect, it } from 'vitest'
import { ack, atMostOnce, type Cluster, commit, eachPartition, handle } from 'ackstream'
import { dualRun, memoryCluster, type Pipeline } from 'ackstream/testing'
import { losesNothing, neverTwice } from 'ackstream/testing/fast-check'

const writing: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

describe('schedules', () => {
  const small = { seed: 1, events: 8, sinkTakes: 4 }

  // # any schedule
  it('nothing is lost under any schedule', () => losesNothing({ pipeline: writing }, { ...small, runs: 20 }))

  const tooEarly: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))
  const unordered: Pipeline = (orders, { sink }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(handle(sink, { concurrency: 4, order: 'none' }), commit({ every: 1 }))
      )
    )
  const forgetful: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), ack())))

  it('an early acknowledgement is found', () =>
    expect(losesNothing({ pipeline: tooEarly }, { ...small, runs: 200 })).rejects.toThrow('is lost'))
  it('work without an order is found', () =>
    expect(losesNothing({ pipeline: unordered }, { ...small, runs: 200, order: 'partition' })).rejects.toThrow(
      'before'
    ))
  it('a commit that is left out is found', () =>
    expect(
      losesNothing(
        { pipeline: forgetful, config: { 'enable.auto.commit': false } },
        { ...small, runs: 200, faults: false }
      )
    ).rejects.toThrow('twice'))

  // # at most once
  const mailing: Pipeline = (orders, { sink }) =>
    orders.pipe(eachPartition((partition) => partition.pipe(atMostOnce({ every: 1 }), handle(sink))))
  it('nothing is repeated under any schedule', () => neverTwice({ pipeline: mailing }, { ...small, runs: 20 }))
})

describe('a cluster beside the embedded one', () => {
  // # dual run
  const diagram = `
    orders/0  -abc-
    one       ^----
  `
  const quickly = { columnMs: 5 }

  it('does the same', () => dualRun(diagram, { pipeline: writing }, memoryCluster(), quickly))

  /** A cluster whose producers do something else. */
  const other = (send: (one: () => void, nth: number) => void): Cluster => {
    const cluster = memoryCluster()
    return {
      ...cluster,
      openProducer: (settings) => {
        const session = cluster.openProducer(settings)
        let count = 0
        return {
          ...session,
          events: session.events,
          status: () => session.status(),
          flush: () => session.flush(),
          close: () => {
            session.close()
          },
          send: (record, callbacks, index) => {
            send(() => {
              session.send(record, callbacks, index)
            }, count++)
          }
        }
      }
    }
  }
  const differs = (cluster: Cluster): Promise<unknown> =>
    expect(dualRun(diagram, { pipeline: writing }, cluster, { ...quickly, withinMs: 300 })).rejects.toThrow(
      'the real cluster came to something else'
    )

  it('a cluster that writes twice is found', () =>
    differs(
      other((one) => {
        one()
        one()
      })
    ))
  it('a cluster that writes nothing is found', () => differs(other(() => undefined)))
  it('a cluster that drops a record is found', () =>
    differs(
      other((one, nth) => {
        if (nth !== 1) one()
      })
    ))
})
