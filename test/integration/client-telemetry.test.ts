import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { kafkaJars, type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { commit, consumer, eachPartition, producer, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { BrokerLinks } from '../../src/sources/kafka/network/broker-links.js'
import { incrementalAlterConfigs } from '../../src/sources/kafka/admin/incremental-alter-configs.js'
import { describedApi } from '../../src/sources/kafka/protocol/described-api.js'
import { array, bool, int16, int32, int8, nullable, string } from '../../src/sources/kafka/protocol/message.js'
import { until } from '../support/collect.js'

const version = process.env['KAFKA_VERSION'] ?? '4.1.0'
const [major = 0, minor = 0] = version.split('.').map(Number)
// KIP-714 is there from 3.7 on, and `*` for all metrics from 3.9 on at the latest.
const isThere = major > 3 || (major === 3 && minor >= 9)
const compiles = spawnSync('javac', ['-version'], { stdio: 'ignore' }).status === 0

/** The operators' subscription: a resource of client metrics, which is number 16. */
const subscribeMetrics = describedApi({
  name: incrementalAlterConfigs.name,
  key: incrementalAlterConfigs.key,
  versions: '0-1',
  flexibleFrom: 1,
  request: {
    resources: array('0+', {
      resourceType: int8('0+'),
      resourceName: string('0+'),
      configs: array('0+', { name: string('0+'), configOperation: int8('0+'), value: nullable(string('0+')) })
    }),
    validateOnly: bool('0+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    responses: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      resourceType: int8('0+'),
      resourceName: string('0+')
    })
  },
  toMessage: (values: Readonly<Record<string, string>>) => ({
    resources: [
      {
        resourceType: 16,
        resourceName: 'everything',
        configs: Object.entries(values).map(([name, value]) => ({ name, configOperation: 0, value }))
      }
    ],
    validateOnly: false
  }),
  fromMessage: ({ responses }) => responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])
})

interface Pushed {
  readonly instance: string
  readonly terminating: boolean
  readonly resource: string
  readonly name: string
  readonly kind: string
  readonly labels: string
  readonly value: number
}

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined || !isThere || !compiles)(
  'metrics that a broker’s own receiver gets',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ackstream-telemetry-'))
    const file = join(folder, 'pushed')
    let own: RunningKafka
    beforeAll(async () => {
      const source = fileURLToPath(new URL('../support/java/TelemetryReporter.java', import.meta.url))
      const compiled = spawnSync('javac', ['-cp', `${kafkaJars(version)}/*`, '-d', folder, source], {
        encoding: 'utf8'
      })
      // Kafka 4.3 warns that the interface will be removed.
      expect(compiled.status === 0 ? '' : compiled.stderr + compiled.stdout).toBe('')
      own = await startKafka({
        version,
        classes: folder,
        properties: { 'metric.reporters': 'TelemetryReporter', 'telemetry.file': file }
      })
    })
    afterAll(async () => {
      await own.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const pushed = (): readonly Pushed[] =>
      !existsSync(file)
        ? []
        : readFileSync(file, 'utf8')
            .split('\n')
            .slice(0, -1)
            .map((line) => {
              const [instance = '', terminating, resource = '', name = '', kind = '', labels = '', value] =
                line.split('\t')
              return {
                instance,
                terminating: terminating === 'true',
                resource,
                name,
                kind,
                labels,
                value: Number(value)
              }
            })

    it('are those of consumers and producers, while they run and when they close', async () => {
      const settings = decodeClusterConfig({ 'bootstrap.servers': own.brokers })
      if (isLeft(settings)) throw new Error('the test has wrong properties')
      const admin = new BrokerLinks(settings.right)
      const values = { 'interval.ms': '100', metrics: '*' }
      expect(await admin.sendToAny(subscribeMetrics, values)).toEqual([[0, null]])
      admin.close()

      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      await cluster.createTopics([{ topic: 'orders', partitions: 2 }])
      const writer = producer(cluster)
      await writer.send({ topic: 'orders', value: 'x' })
      const orders = consumer(cluster, {
        'group.id': 'billing',
        'auto.offset.reset': 'earliest',
        subscription: subscribe('orders')
      })
      orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 })))).subscribe()
      const consumed = (name: string): Pushed | undefined =>
        pushed().find((one) => one.name === `org.apache.kafka.consumer.${name}`)
      const names = [
        'connection.creation.total',
        'coordinator.assigned.partitions',
        'coordinator.commit.latency.avg',
        'fetch.manager.fetch.latency.max',
        'node.request.latency.avg'
      ]
      await until(() => names.every((name) => consumed(name) !== undefined), 'the consumer’s metrics')
      await until(
        () => pushed().some(({ name }) => name === 'org.apache.kafka.producer.node.request.latency.avg'),
        'the producer’s metrics'
      )
      await orders.drain()
      await writer.close()
      await until(
        () => new Set(pushed().flatMap((one) => (one.terminating ? [one.instance] : []))).size === 2,
        'the last'
      )

      const assigned = pushed().filter(({ name }) => name.endsWith('assigned.partitions'))
      expect(Math.max(...assigned.map(({ value }) => value))).toBe(2)
      expect(assigned.every(({ kind, resource }) => kind === 'gauge' && resource === 'group_id=billing')).toBe(true)
      // Kafka's default is differences.
      expect(consumed('connection.creation.total')?.kind).toBe('sum AGGREGATION_TEMPORALITY_DELTA true')
      expect(consumed('node.request.latency.avg')?.labels).toBe('node_id=1')
      const connections = pushed().filter(({ name }) => name === 'org.apache.kafka.consumer.connection.creation.total')
      expect(connections.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(2)
      expect(new Set(pushed().map(({ instance }) => instance)).size).toBe(2)
    })
  }
)
