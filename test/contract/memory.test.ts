import { describe, it } from 'vitest'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../src/sources/memory/memory-calls.js'
import { memoryShareCalls } from '../../src/sources/memory/memory-share-calls.js'
import { memoryProduceCalls } from '../../src/sources/memory/memory-produce-calls.js'
import { clusterOf } from '../../src/sources/memory/memory-cluster.js'
import { diagramApis } from '../../src/testing/diagram/line-label.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { realClock } from '../../src/internal/real-clock.js'
import { memoryCluster } from '../../src/testing.js'
import { clusterContract } from '../../src/testing.js'
import { underConsumerProtocol } from '../../src/testing/contract/under-consumer-protocol.js'
import { plainRecord } from '../support/record-runs.js'
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
import type { ShareBroker } from './share-voice.js'
import { transactionRules } from './transaction-contract.js'
import { unreachableContract } from './unreachable-contract.js'

describe('memoryCluster keeps the contract of a cluster', () => {
  it.each(clusterContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(memoryCluster())
  })
})

describe('memoryCluster keeps the contract of a cluster for members by the consumer protocol', () => {
  it.each(underConsumerProtocol(clusterContract).map(({ name, run }) => [name, run] as const))(
    '%s',
    async (_name, run) => {
      await run(memoryCluster({ 'group.consumer.heartbeat.interval.ms': 200 }))
    }
  )
})

describe('members of an embedded cluster that nobody can reach', () => {
  it.each(unreachableContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const model = new BrokerModel(realClock)
    const cluster = clusterOf(model, { clock: realClock, random: () => 0.5, calls: () => memoryCalls(model) })
    await run({
      cluster,
      cutOff: (cut) => {
        for (const api of diagramApis) {
          if (cut) model.failNext(api, 'disconnect', 10_000)
          else while (model.takeFault(api) !== undefined);
        }
      }
    })
  })
})

describe('memoryCluster keeps the rules of Kafka’s group coordinator', () => {
  it.concurrent.each(groupRules.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const model = new BrokerModel(realClock)
    await run({
      coordinator: 'of Kafka 4',
      client: () => memoryCalls(model),
      createTopic: (topic, partitions = 1) => {
        model.createTopic(topic, partitions)
        return Promise.resolve()
      }
    })
  })
})

describe('memoryCluster keeps the rules of Kafka’s coordinator of the consumer protocol', () => {
  it.each([...consumerGroupRules, ...mixedGroupRules].map(({ name, run }) => [name, run] as const))(
    '%s',
    async (_name, run) => {
      const model = new BrokerModel(realClock)
      await run({
        coordinator: 'of Kafka 4',
        client: () => memoryCalls(model),
        createTopic: (topic, partitions = 1) => {
          model.createTopic(topic, partitions)
          return Promise.resolve()
        }
      })
    }
  )
})

describe('memoryCluster keeps the rules of share groups', () => {
  const made = (): ShareBroker => {
    const model = new BrokerModel(realClock, { heartbeatIntervalMs: 200, sessionTimeoutMs: 45_000 })
    const cluster = clusterOf(model, {
      clock: realClock,
      // Members make their ids of it.
      random: seededRandom(1),
      calls: () => memoryCalls(model),
      shareCalls: () => memoryShareCalls(model)
    })
    return { cluster, calls: () => memoryShareCalls(model) }
  }

  it.each([...shareRules, ...shareAdminRules, ...shareObservedRules].map(({ name, run }) => [name, run] as const))(
    '%s',
    async (_name, run) => {
      const { cluster, calls } = made()
      const trial = new ShareTrial(cluster, calls)
      await run(trial)
      await trial.end()
    }
  )

  it.each(shareCallsRules.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await run(made())
  })
})

describe('memoryCluster keeps the rules of Kafka’s logs for numbered batches', () => {
  it.each(produceContract.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    const model = new BrokerModel(realClock)
    model.createTopic('t', 1)
    const topicWith = (config: Readonly<Record<string, string>>): Promise<string> => {
      const topic = `t${String(model.topics.length)}`
      model.createTopic(topic, 1, config)
      return Promise.resolve(topic)
    }
    await run({ calls: memoryProduceCalls(model), topic: 't', topicWith })
  })
})

describe('memoryCluster keeps the rules of Kafka’s fetch sessions', () => {
  const rules = ['by name', 'by id', 'made again'].flatMap((how) =>
    (how === 'made again' ? recreatedContract : fetchContract).map(({ name, run }) => [how, name, run] as const)
  )
  it.each(rules)('%s: %s', async (how, _name, run) => {
    const model = new BrokerModel(realClock)
    model.createTopic('t', 3)
    const append = (partition: number): Promise<void> => {
      model.append({ topic: 't', partition }, [plainRecord('x')])
      return Promise.resolve()
    }
    for (const partition of [0, 1, 2]) await append(partition)
    const recreate = (): Promise<void> => {
      model.deleteTopic('t')
      model.createTopic('t', 3)
      return Promise.resolve()
    }
    await run({
      calls: memoryCalls(model),
      topic: 't',
      topicId: how === 'by id' ? model.idOf('t') : null,
      append,
      recreate
    })
  })
})

describe.each([1, 2] as const)('transactions by version %i', (version) => {
  describe('memoryCluster keeps the rules of Kafka’s coordinator', () => {
    it.concurrent.each(transactionRules(version).map(({ name, run }) => [name, run] as const))(
      '%s',
      async (_name, run) => {
        const model = new BrokerModel(realClock)
        model.createTopic('t', 2)
        await run({
          version,
          calls: memoryProduceCalls(model),
          reader: memoryCalls(model),
          topic: 't',
          transactionalId: 'id',
          groupId: 'g'
        })
      }
    )
  })
})
