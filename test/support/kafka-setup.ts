import type { TestProject } from 'vitest/node'
import { missingTools, startKafka } from '../../scripts/kafka-cluster.mjs'

declare module 'vitest' {
  export interface ProvidedContext {
    readonly kafkaBrokers: string | null
  }
}

/** Brings real Kafka up for the run, unless KAFKA_BROKERS names one, and takes it down afterwards. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['KAFKA_BROKERS']
  if (given !== undefined && given !== '') {
    project.provide('kafkaBrokers', given)
    return undefined
  }
  const missing = missingTools()
  if (missing !== null) {
    const hint = `the tests on real Kafka need ${missing}, or the address of a cluster in KAFKA_BROKERS`
    if (process.env['CI'] === 'true') throw new Error(hint)
    console.warn(`\n*** SKIPPED: ${hint} ***\n`)
    project.provide('kafkaBrokers', null)
    return undefined
  }
  const version = process.env['KAFKA_VERSION'] ?? '4.1.0'
  const kafka = await startKafka({ version })
  project.provide('kafkaBrokers', kafka.brokers)
  return () => kafka.stop()
}
