import type { KafkaCalls } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { MemoryConnection } from './memory-connection.js'
import { MemoryCoordinators } from './memory-coordinators.js'
import { memoryGroupCalls } from './memory-group-calls.js'
import { memoryLogCalls } from './memory-log-calls.js'
import { memoryMetadata } from './memory-metadata.js'
import { memoryOffsetCalls } from './memory-offset-calls.js'

/**
 * Kafka's requests, sent to the broker model directly. A request takes effect when it is sent; its answer comes on a later
 * turn, as over a network.
 */
export const memoryCalls = (model: BrokerModel): KafkaCalls => {
  const connection = new MemoryConnection(model)
  const coordinators = new MemoryCoordinators(model, connection)
  return {
    metadata: (topics) => memoryMetadata(model, connection, topics),
    ...memoryGroupCalls(model, coordinators),
    ...memoryOffsetCalls(model, coordinators),
    ...memoryLogCalls(model, connection),
    close: () => {
      connection.close()
    }
  }
}
