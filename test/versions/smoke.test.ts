import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTools, type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { ConsumerError } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { produceCalls } from '../../src/sources/kafka/produce-calls.js'
import { clusterContract } from '../../src/testing.js'
import { transactionRules } from '../contract/transaction-contract.js'
import { uniqueName } from '../support/kafka.js'

/** The last release of each minor version; `KAFKA_VERSIONS=2.8.2,4.0.1` tries those only. */
const versions = process.env['KAFKA_VERSIONS']?.split(',') ?? [
  '2.8.2',
  '3.0.2',
  '3.1.2',
  '3.2.3',
  '3.3.2',
  '3.4.1',
  '3.5.2',
  '3.6.2',
  '3.7.2',
  '3.8.1',
  '3.9.1',
  '4.0.1',
  '4.1.0',
  '4.2.1',
  '4.3.1'
]

/** Rules that between them send every request there is: `KAFKA_RULES=all` tries the whole contract. */
const smoke = [
  'gives a member every record once, in the order of the partition, and stores what was acknowledged',
  'shares partitions out, and hands them over at a join and at a leave with no record repeated',
  'gives up only what is taken away in a cooperative rebalance, and reads on what it keeps',
  'gives a static member that comes back within its session all that it subscribes to now, as a follower and as the leader',
  'looks offsets up without reading: beginning, end, by time and committed, of whatever partitions',
  'finds topics that match a pattern, and those that come later',
  'fails the one record that a topic does not take, in the broker’s words; the others of its batch are written once, in order'
]
const transacted = [
  'shows nothing of a transaction before it is committed, and then all',
  'hides what was aborted, and shows what comes after it',
  'commits a group’s offsets with the transaction; until then they are not stable'
]
const chosen = <A extends { readonly name: string }>(rules: readonly A[], names: readonly string[]): readonly A[] => {
  const found = names.map((name) => rules.find((rule) => rule.name === name))
  if (found.includes(undefined)) throw new Error(`there is no rule of some name: ${names.join('; ')}`)
  return process.env['KAFKA_RULES'] === 'all' ? rules : found.filter((rule) => rule !== undefined)
}

describe.skipIf(missingTools() !== null).each(versions)('Kafka %s', (version) => {
  let running: RunningKafka | null = null
  const brokers = (): string => running?.brokers ?? ''

  beforeAll(async () => {
    running = await startKafka({ version })
  })
  afterAll(() => running?.stop())

  const cases = clusterContract.filter(({ needs }) => needs === undefined)
  it.each(chosen(cases, smoke).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(kafka({ 'bootstrap.servers': brokers() }))
  })

  it.each(chosen(transactionRules(1), transacted).map(({ name, run }) => [name, run] as const))(
    'in transactions: %s',
    async (_name, run) => {
      const settings = decodeClusterConfig({ 'bootstrap.servers': brokers() })
      if (isLeft(settings)) throw new ConsumerError(settings.left)
      const calls = produceCalls(settings.right, { requestTimeoutMs: 10_000 })
      const reader = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
      const topic = uniqueName('transactional')
      const created = await firstValueFrom(
        kafka({ 'bootstrap.servers': brokers() }).createTopicsEither([{ topic, partitions: 2 }])
      )
      expect(isLeft(created)).toBe(false)
      try {
        await run({ version: 1, calls, reader, topic, transactionalId: topic, groupId: topic })
      } finally {
        calls.close()
        reader.close()
      }
    }
  )
})
