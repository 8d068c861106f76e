import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mergeAll } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ack, batch, consumer, type ConsumerRecord, eachPartition, subscribe } from '../../../src/index.js'
import { writeNdjsonFiles } from '../../../src/ndjson.js'
import { NdjsonPartitionFile } from '../../../src/sinks/ndjson-partition-file.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { collect, until } from '../../support/collect.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-drain-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const names = (): readonly string[] => readdirSync(folder).sort()
const finished = (partition: number, last: number): string =>
  `orders-${String(partition)}-${'0'.padStart(20, '0')}-${String(last).padStart(20, '0')}.ndjson`
const filled = (partitions: number): MemoryCluster => {
  const cluster = memoryCluster({ topics: { orders: partitions } })
  for (let at = 0; at < 3 * partitions; at++)
    cluster.produce('orders', { partition: at % partitions, value: String(at) })
  return cluster
}
const reading = (cluster: MemoryCluster) =>
  consumer(cluster, {
    'group.id': 'g',
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 20,
    subscription: subscribe('orders')
  })
const toFiles = () => writeNdjsonFiles<ConsumerRecord>(folder, { line: ({ offset }) => String(offset) })

/** Renames begin, and take until they are let go. */
const slowRenames = (): { readonly letGo: () => void } => {
  const { finish } = NdjsonPartitionFile.prototype
  let letGo = (): void => undefined
  const gate = new Promise<void>((open) => {
    letGo = open
  })
  vi.spyOn(NdjsonPartitionFile.prototype, 'finish').mockImplementation(async function (this: NdjsonPartitionFile) {
    await gate
    await finish.call(this)
  })
  return { letGo }
}

describe('the end of an assignment whose lines are written to files', () => {
  it.each(['a pipeline for each partition', 'one pipeline for all'])(
    'a drain is over only when each file has its final name: %s',
    async (which) => {
      const { letGo } = slowRenames()
      const orders = reading(filled(2))
      const each = eachPartition((partition) => partition.pipe(toFiles(), ack()))
      const all = orders.pipe(mergeAll(), toFiles(), ack())
      const { values } = collect(which === 'one pipeline for all' ? all : orders.pipe(each))
      await until(() => values.length === 6, 'all lines are on the disk')
      let isDrained = false
      const drained = orders.drain().then((report) => {
        isDrained = true
        return report
      })
      await until(() => orders.status().phase !== 'running' || isDrained, 'the drain has begun')
      for (let turn = 0; turn < 200; turn++) await new Promise((go) => setImmediate(go))
      expect(isDrained).toBe(false)
      letGo()
      const report = await drained
      expect(names().filter((name) => name.endsWith('.ndjson'))).toEqual([finished(0, 2), finished(1, 2)])
      expect(report.partitions.map(({ outcome }) => outcome)).toEqual(['drained', 'drained'])
    }
  )

  it('is over at its deadline, though the disk does not answer', async () => {
    const { letGo } = slowRenames()
    const orders = reading(filled(1))
    const { values } = collect(orders.pipe(eachPartition((partition) => partition.pipe(toFiles(), ack()))))
    await until(() => values.length === 3, 'all lines are on the disk')
    const report = await orders.drain({ timeoutMs: 200 })
    expect(report.partitions).toMatchObject([{ committed: 3n }])
    letGo()
  })

  it('a file that cannot get its name is an error of the pipeline', async () => {
    const orders = reading(filled(1))
    const { values, ended } = collect(orders.pipe(mergeAll(), toFiles(), ack()))
    await until(() => values.length === 3, 'all lines are on the disk')
    writeFileSync(join(folder, finished(0, 2)), 'of somebody else')
    await orders.drain()
    expect(String(await ended)).toContain('exists already')
  })

  it('an aggregate of several partitions is refused, before anything of it is written', async () => {
    const orders = reading(filled(2))
    const { ended } = collect(
      orders.pipe(mergeAll(), batch({ records: 6 }), writeNdjsonFiles(folder, { line: () => 1 }), ack())
    )
    expect(String(await ended)).toContain('an aggregate has records of orders/0 and orders/1')
    expect(names()).toEqual([])
    await orders.close()
  })
})
