import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ContractCase } from './contract-case.js'

/** The cluster with consumers that always use the consumer protocol, whatever their configuration says. */
const byConsumerProtocol = (cluster: Cluster): Cluster => ({
  ...cluster,
  openConsumer: (settings, handlers) => {
    // Getters, since the subscription may change while the consumer runs.
    const changed = Object.defineProperties(
      {},
      {
        ...Object.getOwnPropertyDescriptors(settings),
        groupProtocol: { value: 'consumer', enumerable: true }
      }
    ) as ConsumerSettings
    return cluster.openConsumer(changed, handlers)
  }
})

/** The same cases for members with `group.protocol: 'consumer'`, without those that concern only the classic protocol. */
export const underConsumerProtocol = (cases: readonly ContractCase[]): readonly ContractCase[] =>
  cases
    .filter(({ only, needs }) => only !== 'classic' && needs === undefined)
    .map(({ name, run }) => ({ name, run: (cluster) => run(byConsumerProtocol(cluster)) }))
