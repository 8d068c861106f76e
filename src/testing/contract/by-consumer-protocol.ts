import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ContractCase } from './contract-case.js'

/** The cluster, whose consumers are members by the consumer protocol whatever they are configured for. */
const byConsumerProtocol = (cluster: Cluster): Cluster => ({
  ...cluster,
  openConsumer: (settings, handlers) => {
    // The subscription may change while the consumer runs: it is asked for each time.
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

/** The same cases for members by `group.protocol: 'consumer'`, without those of what only the classic one has. */
export const underConsumerProtocol = (cases: readonly ContractCase[]): readonly ContractCase[] =>
  cases
    .filter(({ only, needs }) => only !== 'classic' && needs === undefined)
    .map(({ name, run }) => ({ name, run: (cluster) => run(byConsumerProtocol(cluster)) }))
