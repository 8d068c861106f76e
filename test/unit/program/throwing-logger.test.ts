import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { commit, consumer, eachPartition, handle, type Logger, run, subscribe } from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'

/** Every line of it fails. */
const broken = (fail: () => unknown): Logger => {
  const line = (): never => fail() as never
  return { debug: line, info: line, warn: line, error: line }
}

const before = process.exitCode
const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
beforeEach(() => warned.mockClear())
afterEach(() => {
  process.exitCode = before
})

const reading = (work: () => unknown) => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  cluster.produce('orders', { value: 'a' }, { value: 'b' })
  const orders = consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    subscription: subscribe('orders')
  })
  const seen: bigint[] = []
  const pipeline = orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(({ offset }) => {
          seen.push(offset)
          work()
          // The end comes from the outside, as a signal does.
          if (offset === 1n) void orders.drain()
        }),
        commit({ every: 1 })
      )
    )
  )
  return { cluster, pipeline, seen }
}

describe('a program whose logger fails', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full')
      }
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))]
  ])('handles everything, and warns once of a logger that %s', async (_how, fail) => {
    const { cluster, pipeline, seen } = reading(() => undefined)
    const { exitCode } = await run(pipeline, { logger: broken(fail), signals: [] })
    expect([exitCode, seen, cluster.committed('g', { topic: 'orders', partition: 0 })]).toEqual([0, [0n, 1n], 2n])
    expect(warned).toHaveBeenCalledOnce()
    expect(String(warned.mock.calls[0]?.[0])).toContain('disk full')
  })

  it('exits with 1 if its pipeline fails too, and commits what was done before', async () => {
    let done = 0
    const { cluster, pipeline } = reading(() => {
      if (done++ === 1) throw new Error('poison')
    })
    const logger = broken(() => {
      throw new Error('disk full')
    })
    const { exitCode } = await run(pipeline, { logger, signals: [] })
    expect([exitCode, cluster.committed('g', { topic: 'orders', partition: 0 })]).toEqual([1, 1n])
  })
})
