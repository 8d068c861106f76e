import { describe, it } from 'vitest'
import { ack, commit, eachPartition, handle } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'

const play = (diagram: string, pipeline: Pipeline): Promise<void> =>
  marbles(
    ({ cluster }) => {
      cluster(diagram, { pipeline })
    },
    { leakCheck: false }
  )()

/** Closes after three milliseconds, whatever is still to be done. */
const closing =
  (drains = false): Pipeline =>
  (orders, { sink }) => {
    setTimeout(() => {
      void (drains ? orders.drain({ timeoutMs: 1 }) : orders.close())
    }, 3)
    return orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
  }

describe('the line “ends”', () => {
  it('shows ! for a close with records left', () =>
    play('orders/0  ab----\nsink b    ------|\none       ^-----\none ends  ---!--', closing()))

  it('shows | for a close with nothing left', () =>
    play('orders/0  ab----\none       ^-----\none ends  ---|--', closing()))

  it('shows ! for a drain that runs into its deadline', () =>
    play('orders/0  ab----\nsink b    ------|\none       ^-----\none ends  ---!--', closing(true)))

  it('shows | for records that were settled before, by whatever', () =>
    play('orders/0  ab----\none       ^-----\none ends  ---|--', (orders) => {
      setTimeout(() => void orders.close(), 3)
      return orders.pipe(eachPartition((partition) => partition.pipe(ack())))
    }))
})
