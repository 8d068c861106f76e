import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../src/index.js'
import { clusterContract, ContractError, memoryCluster } from '../../../src/testing.js'

/** A cluster that writes all records at the same time. */
const forgetful = (): Cluster => {
  const cluster = memoryCluster()
  return {
    ...cluster,
    openProducer: (settings) => {
      const session = cluster.openProducer(settings)
      return {
        events: session.events,
        send: (record, callbacks, index) => {
          session.send({ ...record, timestamp: 1 }, callbacks, index)
        },
        status: () => session.status(),
        flush: () => session.flush(),
        close: () => {
          session.close()
        }
      }
    }
  }
}

describe('clusterContract', () => {
  it('fails a cluster that does something else, and shows what', async () => {
    const kept = clusterContract.find(({ name }) => name.startsWith('keeps key, value, headers and timestamp'))
    const trial = kept?.run(forgetful())
    await expect(trial).rejects.toThrow(ContractError)
    await expect(trial).rejects.toThrow('1, where 1700000000000 was expected')
  })

  it('has a name for each of its sentences', () => {
    const names = clusterContract.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(20)
  })
})
