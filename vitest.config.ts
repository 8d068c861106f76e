import { defineConfig } from 'vitest/config'

const project = (name: string, more: object = {}): object => ({
  extends: true,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...more }
})

// Real Kafka is one process for all of these files; each test has topics and groups of its own.
const onKafka = { globalSetup: ['test/support/kafka-setup.ts'], testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    // Two cores are all that is assumed.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      project('unit'),
      project('properties', { testTimeout: 60_000 }),
      project('types', { testTimeout: 120_000 }),
      project('package', { testTimeout: 120_000, hookTimeout: 120_000 }),
      project('kafka', {
        ...onKafka,
        include: ['test/{contract,integration,faults}/**/*.test.ts'],
        sequence: { groupOrder: 1 }
      })
    ]
  }
})
