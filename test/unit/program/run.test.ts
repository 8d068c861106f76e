import { NEVER, throwError } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { commit, consumer, ConsumerError, eachPartition, handle, run, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

const before = process.exitCode
afterEach(() => {
  process.exitCode = before
})

describe('a program', () => {
  it('says in its result why its pipeline failed, also without a logger', async () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    cluster.produce('orders', { value: 'a' })
    const orders = consumer(cluster, {
      'group.id': 'g',
      'auto.offset.reset': 'earliest',
      subscription: subscribe('orders')
    })
    const poison = (): never => {
      throw new Error('poison')
    }
    const result = await run(orders.pipe(eachPartition((partition) => partition.pipe(handle(poison), commit()))), {
      signals: []
    })
    expect(result.exitCode).toBe(1)
    expect(result.error).toBeInstanceOf(ConsumerError)
    expect((result.error as ConsumerError).message).toContain('poison')
  })

  it('that ends well has no error, and does not hide that another has failed', async () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    const orders = consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') })
    const well = run(orders.pipe(eachPartition((partition) => partition.pipe(commit()))), { signals: ['SIGHUP'] })
    const failed = await run(
      throwError(() => new Error('broken')),
      { signals: [] }
    )
    expect([failed.exitCode, process.exitCode]).toEqual([1, 1])
    process.emit('SIGHUP', 'SIGHUP')
    const result = await well
    expect([result.exitCode, 'error' in result, process.exitCode]).toEqual([0, false, 1])
    process.exitCode = 0
    // One that begins later is by itself again.
    const later = run(NEVER, { signals: ['SIGHUP'] })
    process.emit('SIGHUP', 'SIGHUP')
    expect([(await later).exitCode, process.exitCode]).toEqual([0, 0])
  })
})
