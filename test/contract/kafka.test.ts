import { it } from 'vitest'
import { kafka } from '../../src/kafka.js'
import { describeKafka } from '../support/kafka.js'
import { clusterContract } from './cluster-contract.js'

describeKafka('kafka keeps the contract of a cluster', (brokers) => {
  it.each(clusterContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(kafka({ 'bootstrap.servers': brokers }))
  })
})
