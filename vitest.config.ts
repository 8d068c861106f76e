import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** What takes long is named so: `npm test` leaves it to `npm run test:all`. */
const long = 'long-'

const project = (name: string, more: object = {}): object => ({
  extends: true,
  test: { name, include: [`test/${name.replace(long, '')}/**/*.test.ts`], ...more }
})

const source = (name: string): string => `${import.meta.dirname}/src/${name}.ts`

// To import the library takes longer than most of these tests: files that change nothing of the process share one.
const inOneProcess = { isolate: false }

/** They replace modules, which another file may have loaded already. */
const needProcess = ['test/unit', 'test/properties'].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter(
      (file) => file.endsWith('.test.ts') && readFileSync(join(import.meta.dirname, file), 'utf8').includes('vi.mock(')
    )
)

// Real Kafka is one process for all of these files; each test has topics and groups of its own.
const onKafka = { globalSetup: ['test/support/kafka-setup.ts'], testTimeout: 600_000, hookTimeout: 600_000 }

export default defineConfig({
  test: {
    // Two cores are all that is assumed.
    maxWorkers: 2,
    // Examples import the package by its name.
    alias: [
      { find: /^ackstream$/, replacement: source('index') },
      { find: /^ackstream\/(.+)$/, replacement: source('$1') }
    ],
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      // Limits for what hangs, not measures: a busy machine must not fail a test.
      project('unit', { ...inOneProcess, exclude: needProcess, testTimeout: 300_000, hookTimeout: 300_000 }),
      project('unit in a process of its own', { include: needProcess, testTimeout: 300_000 }),
      project('examples', { include: ['examples/**/*.test.ts'], testTimeout: 300_000 }),
      project('properties', {
        ...inOneProcess,
        exclude: needProcess,
        setupFiles: ['test/support/property-seed.ts'],
        testTimeout: 300_000
      }),
      project('types', { testTimeout: 600_000 }),
      project('planted', { testTimeout: 600_000 }),
      project('package', { testTimeout: 600_000, hookTimeout: 600_000 }),
      // It needs npm's registry.
      project(`${long}compatibility`, {
        include: ['test/compatibility/*.test.ts'],
        testTimeout: 1_800_000,
        hookTimeout: 600_000,
        sequence: { groupOrder: 2 },
        fileParallelism: false
      }),
      project('kafka', {
        ...onKafka,
        include: ['test/{contract,integration}/**/*.test.ts'],
        // They wait for brokers most of the time.
        maxWorkers: 3,
        sequence: { groupOrder: 1 }
      }),
      // Java's, kafkajs's and librdkafka's clients beside ours, and kafkajs's connections beneath ours.
      project(`${long}interop`, { ...onKafka, sequence: { groupOrder: 2 } }),
      // Each version brings its own Kafka up.
      project(`${long}versions`, {
        testTimeout: 600_000,
        hookTimeout: 600_000,
        sequence: { groupOrder: 4 },
        fileParallelism: false
      }),
      // Brokers and members that are killed, frozen and cut off.
      project(`${long}faults`, { ...onKafka, sequence: { groupOrder: 3 } })
    ]
  }
})
