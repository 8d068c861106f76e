import { mapLeft } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { errorCode as code } from '../core/error-code.js'
import type { ProduceCalls, ProducedBatch } from '../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { MemoryConnection } from './memory-connection.js'
import { memoryMetadata } from './memory-metadata.js'

/** A producer's requests, put to the broker model directly. */
export const memoryProduceCalls = (model: BrokerModel): ProduceCalls => {
  const connection = new MemoryConnection(model)
  return {
    metadata: (topics) => memoryMetadata(model, connection, topics),
    produce: (_node, { batches }) =>
      connection
        .now(
          'Produce',
          (given): readonly ProducedBatch[] =>
            batches.map(({ topic, partition }) => ({ topic, partition, code: given, baseOffset: -1n })),
          () =>
            batches.map(({ topic, partition, bytes }) => ({
              topic,
              partition,
              ...model.appendBatch({ topic, partition }, bytes)
            }))
        )
        .pipe(map(mapLeft((fault) => ({ fault, sent: true })))),
    initProducerId: () =>
      connection.now(
        'InitProducerId',
        (given) => ({ code: given, producerId: -1n, epoch: -1 }),
        () => ({ code: code.NONE, producerId: model.newProducerId(), epoch: 0 })
      ),
    close: () => {
      connection.close()
    }
  }
}
