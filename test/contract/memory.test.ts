import { describe, it } from 'vitest'
import { memoryCluster } from '../../src/testing.js'
import { clusterContract } from './cluster-contract.js'

describe('memoryCluster keeps the contract of a cluster', () => {
  it.each(clusterContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(memoryCluster())
  })
})
