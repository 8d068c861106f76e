import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, lastValueFrom, of } from 'rxjs'
import { afterAll, describe, inject, it } from 'vitest'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { ConsumerError, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import type { KafkaCalls, TransactionVersion } from '../../src/ports/kafka-calls.js'
import { kafkaCalls } from '../../src/sources/kafka/kafka-calls.js'
import { produceCalls } from '../../src/sources/kafka/produce-calls.js'
import { shareCalls } from '../../src/sources/kafka/share-calls.js'
import { clusterContract } from '../../src/testing.js'
import { membershipContract } from '../../src/testing/contract/membership-contract.js'
import { underConsumerProtocol } from '../../src/testing/contract/under-consumer-protocol.js'
import { brokerConfig } from '../support/broker-config.js'
import { deleteTopic } from '../support/delete-topic.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { sharesOf } from '../support/shares-of.js'
import { consumerGroupRules } from './consumer-group-contract.js'
import { fetchContract } from './fetch-contract.js'
import { groupRules } from './group-contract.js'
import { mixedGroupRules } from './mixed-group-contract.js'
import { produceContract } from './produce-contract.js'
import { recreatedContract } from './recreated-contract.js'
import { shareAdminRules } from './share-admin-contract.js'
import { shareCallsRules } from './share-calls-contract.js'
import { shareObservedRules } from './share-observed-contract.js'
import { shareRules, ShareTrial } from './share-contract.js'
import { transactionRules } from './transaction-contract.js'

describeKafka('kafka keeps the contract of a cluster', (brokers) => {
  const cases = clusterContract.filter(({ needs }) => needs === undefined)
  it.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(kafka({ 'bootstrap.servers': brokers }))
  })
})

/** Whether the brokers speak the consumer protocol: by default from Kafka 4.0 on. */
const speaksConsumer = async (brokers: string | null): Promise<boolean> =>
  brokers !== null &&
  (await brokerConfig(brokers, 'group.coordinator.rebalance.protocols'))?.includes('consumer') === true
const shares = await sharesOf(inject('kafkaBrokers'))
/** The rules that hold on these brokers. */
const held = <R extends { readonly renews?: true }>(rules: readonly R[]): readonly R[] =>
  rules.filter(({ renews }) => renews !== true || shares === 'renewing')

const isConsumerSpoken = await speaksConsumer(inject('kafkaBrokers'))
/** All of the contract in `npm run test:all`. */
const underConsumer = underConsumerProtocol(
  process.env['CONSUMER_PROTOCOL_RULES'] === 'all' ? clusterContract : membershipContract
)

describe.skipIf(!isConsumerSpoken)('members by the consumer protocol', () => {
  describeKafka('kafka keeps the contract of a cluster', (brokers) => {
    it.each(underConsumer.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
      await run(kafka({ 'bootstrap.servers': brokers }))
    })
  })

  describeKafka('kafka’s coordinator has the rules that the embedded one keeps', (brokers) => {
    const clients: KafkaCalls[] = []
    afterAll(() => {
      for (const client of clients) client.close()
    })
    const client = (): KafkaCalls => {
      const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
      if (isLeft(settings)) throw new ConsumerError(settings.left)
      const calls = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
      clients.push(calls)
      return calls
    }
    const createTopic = async (topic: string, partitions = 1): Promise<void> => {
      await kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions }])
    }
    const rules = [...consumerGroupRules, ...mixedGroupRules]
    it.concurrent.each(rules.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
      await run({ coordinator: 'of Kafka 4', client, createTopic })
    })
  })
})

describe.skipIf(shares === 'none')('share groups', () => {
  describeKafka('kafka keeps their rules', (brokers) => {
    const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    const { right } = settings
    const broker = { cluster: kafka({ 'bootstrap.servers': brokers }), calls: () => shareCalls(right) }

    const cases = clusterContract.filter(({ needs }) => needs === 'share groups')
    it.concurrent.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
      await run(broker.cluster)
    })

    // Those of the second list were tried on released share groups only.
    const rules = [...held(shareRules), ...(shares === 'renewing' ? [...shareAdminRules, ...shareObservedRules] : [])]
    it.concurrent.each(rules.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
      const trial = new ShareTrial(broker.cluster, broker.calls)
      await run(trial)
      await trial.end()
    })

    it.concurrent.each(held(shareCallsRules).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
      await run(broker)
    })
  })
})

describeKafka('kafka’s group coordinator has the rules that the embedded one keeps', (brokers) => {
  const clients: KafkaCalls[] = []
  afterAll(() => {
    for (const client of clients) client.close()
  })

  it.concurrent.each(groupRules.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const protocols = await brokerConfig(brokers, 'group.coordinator.rebalance.protocols')
    await run({
      coordinator: protocols?.includes('consumer') === true ? 'of Kafka 4' : 'of Kafka 3',
      client: () => {
        const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
        if (isLeft(settings)) throw new ConsumerError(settings.left)
        const client = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
        clients.push(client)
        return client
      },
      createTopic: async (topic, partitions = 1) => {
        await kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions }])
      }
    })
  })
})

describeKafka('kafka’s logs have the rules for numbered batches that the embedded ones keep', (brokers) => {
  it.each(produceContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    const calls = produceCalls(settings.right, { requestTimeoutMs: 10_000 })
    const topicWith = async (config: Readonly<Record<string, string>>): Promise<string> => {
      const topic = uniqueName('numbered')
      await firstValueFrom(kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions: 1, config }]))
      return topic
    }
    const topic = await topicWith({})
    try {
      await run({ calls, topic, topicWith })
    } finally {
      calls.close()
    }
  })
})

describeKafka('kafka’s fetch sessions have the rules that the embedded ones keep', (brokers) => {
  const rules = ['by name', 'by id', 'made again'].flatMap((how) =>
    (how === 'made again' ? recreatedContract : fetchContract).map(({ name, run }) => [how, name, run] as const)
  )
  it.each(rules)('%s: %s', async (how, _name, run) => {
    const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('sessions')
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 3 }]))
    const append = async (partition: number): Promise<void> => {
      await lastValueFrom(of({ partition, value: new Uint8Array(9) }).pipe(produceTo(cluster, { topic })))
    }
    for (const partition of [0, 1, 2]) await append(partition)
    const calls = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
    const recreate = async (): Promise<void> => {
      await deleteTopic(brokers, topic)
      await firstValueFrom(cluster.createTopics([{ topic, partitions: 3 }]))
    }
    const described = await firstValueFrom(calls.metadata([topic]))
    const topicId = how === 'by id' && isRight(described) ? (described.right.topics[0]?.topicId ?? null) : null
    try {
      await run({ calls, topic, topicId, append, recreate })
    } finally {
      calls.close()
    }
  })
})

/** The newest rules of transactions that the cluster has. */
const newestRules = async (brokers: string | null): Promise<TransactionVersion> => {
  if (brokers === null) return 1
  const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const calls = produceCalls(settings.right, { requestTimeoutMs: 10_000 })
  const known = await firstValueFrom(calls.transactionVersion())
  calls.close()
  if (isLeft(known)) throw new ConsumerError(known.left)
  return known.right
}

const versions = (await newestRules(inject('kafkaBrokers'))) === 2 ? ([1, 2] as const) : ([1] as const)

describe.each(versions)('transactions by version %i', (version) => {
  describeKafka('kafka’s coordinator has the rules that the embedded one keeps', (brokers) => {
    it.concurrent.each(transactionRules(version).map(({ name, run }) => [name, run] as const))(
      '%s',
      async (_name, run) => {
        const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
        if (isLeft(settings)) throw new ConsumerError(settings.left)
        const calls = produceCalls(settings.right, { requestTimeoutMs: 10_000 })
        const reader = kafkaCalls(settings.right, { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 })
        const topic = uniqueName('transactional')
        await firstValueFrom(kafka({ 'bootstrap.servers': brokers }).createTopics([{ topic, partitions: 2 }]))
        try {
          await run({ version, calls, reader, topic, transactionalId: topic, groupId: topic })
        } finally {
          calls.close()
          reader.close()
        }
      }
    )
  })
})
