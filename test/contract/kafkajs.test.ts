import { Kafka } from 'kafkajs'
import { it } from 'vitest'
import { kafkajs } from '../../src/kafkajs.js'
import { clusterContract } from '../../src/testing.js'
import { describeKafka } from '../support/kafka.js'

describeKafka('kafka on the connections of kafkajs keeps the contract of a cluster', (brokers) => {
  // Share groups have tests of their own on Kafka's connections.
  const cases = clusterContract.filter(({ needs }) => needs === undefined)
  it.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(
      kafkajs(new Kafka({ brokers: brokers.split(','), clientId: 'contract', logCreator: () => () => undefined }))
    )
  })
})
