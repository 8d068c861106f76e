import { isLeft } from 'fp-ts/lib/Either.js'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeClusterConfig } from '../config/cluster-config.js'
import type { KafkaProperties } from '../config/kafka-properties.js'
import { brokerFault } from '../core/protocol/error-code.js'
import { findCoordinatorVerdict } from '../core/protocol/find-coordinator-verdict.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Fault } from '../model/fault.js'
import { BrokerLinks } from '../sources/kafka/network/broker-links.js'
import { BrokerPool } from '../sources/kafka/network/broker-pool.js'
import { WireError } from '../sources/kafka/network/wire-error.js'
import { findCoordinator } from '../sources/kafka/protocol/find-coordinator.js'

const patienceMs = 10_000
const againMs = 200

/** Why the user may not use the group; null if there is no reason. Kafka refuses FindCoordinator for a group without authorization. */
export const groupRefusal = async (
  properties: KafkaProperties,
  group: string,
  now: () => number
): Promise<Fault | null> => {
  const settings = decodeClusterConfig(properties)
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const links = new BrokerLinks(settings.right, { pool: new BrokerPool(settings.right, {}) })
  try {
    const until = now() + patienceMs
    let { code } = await links.sendToAny(findCoordinator, { key: group, of: 'group' })
    // The first group of a cluster waits until the topic of its offsets is created.
    while (findCoordinatorVerdict(code) === 'not available' && now() < until) {
      await wait(againMs)
      ;({ code } = await links.sendToAny(findCoordinator, { key: group, of: 'group' }))
    }
    switch (findCoordinatorVerdict(code)) {
      case 'found':
        return null
      case 'group refused':
        return { _tag: 'AuthorizationFault', resource: 'group', name: group }
      case 'not available':
      case 'transactional id refused':
      case 'failed':
        return brokerFault('FindCoordinator', code)
    }
  } catch (error) {
    if (error instanceof WireError) return error.fault
    throw error
  } finally {
    links.close()
  }
}
