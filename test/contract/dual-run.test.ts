import { it } from 'vitest'
import { kafka } from '../../src/kafka.js'
import { dualRun } from '../../src/testing.js'
import { describeKafka } from '../support/kafka.js'
import { dualScenarios } from './dual-run-scenarios.js'

describeKafka('the same comes of it on the embedded cluster and on Kafka', (brokers) => {
  it.each(dualScenarios.map(({ name, ...rest }) => [name, rest] as const))(
    '%s',
    async (_name, { diagram, scenario }) => {
      await dualRun(diagram, scenario, kafka({ 'bootstrap.servers': brokers }), { columnMs: 80 })
    }
  )
})
