import { describe, inject, it } from 'vitest'
import { kafka } from '../../src/kafka.js'
import { dualRun } from '../../src/testing.js'
import { describeKafka } from '../support/kafka.js'
import { sharesOf } from '../support/shares-of.js'
import { dualScenarios } from './dual-run-scenarios.js'
import { shareDualScenarios } from './share-dual-scenarios.js'

describeKafka('the same comes of it on the embedded cluster and on Kafka', (brokers) => {
  it.each(dualScenarios.map(({ name, ...rest }) => [name, rest] as const))(
    '%s',
    async (_name, { diagram, scenario }) => {
      await dualRun(diagram, scenario, kafka({ 'bootstrap.servers': brokers }), { columnMs: 80 })
    }
  )
})

const shares = await sharesOf(inject('kafkaBrokers'))

describe.skipIf(shares === 'none')('share groups', () => {
  describeKafka('the same comes of it on the embedded cluster and on Kafka', (brokers) => {
    it.concurrent.each(shareDualScenarios.map(({ name, ...rest }) => [name, rest] as const))(
      '%s',
      async (_name, { diagram, scenario }) => {
        await dualRun(diagram, scenario, kafka({ 'bootstrap.servers': brokers }), { columnMs: 100 })
      }
    )
  })
})
