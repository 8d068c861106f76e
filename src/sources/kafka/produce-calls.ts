import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { ProducerSettings } from '../../config/producer-config.js'
import type { ProduceCalls, ProducedBatch, Unanswered } from '../../ports/kafka-calls.js'
import { stepOf } from './kafka-calls.js'
import { BrokerLinks } from './network/broker-links.js'
import { WireError } from './network/wire-error.js'
import { initProducerIdV4 } from './protocol/init-producer-id-v4.js'
import { metadataV8 } from './protocol/metadata-v8.js'
import { produceV7 } from './protocol/produce-v7.js'

/** A producer's requests over the wire. */
export const produceCalls = (
  connection: ConnectionSettings,
  { requestTimeoutMs }: Pick<ProducerSettings, 'requestTimeoutMs'>
): ProduceCalls => {
  const links = new BrokerLinks(connection)
  return {
    metadata: (topics) =>
      stepOf(async () => {
        const metadata = await links.sendToAny(metadataV8, topics)
        links.learn(metadata.brokers)
        return metadata
      }),
    produce: (nodeId, request) =>
      new Observable<Either<Unanswered, readonly ProducedBatch[]>>((subscriber) => {
        const give = (answer: Either<Unanswered, readonly ProducedBatch[]>): void => {
          subscriber.next(answer)
          subscriber.complete()
        }
        const address = links.addressOf(nodeId)
        if (address === undefined) {
          const broker = `node ${String(nodeId)}`
          give(left({ fault: { _tag: 'ConnectionFault', broker, reason: 'not in the cluster' }, sent: false }))
          return
        }
        links.sendTo(address, 'produce', produceV7, request, requestTimeoutMs).then(
          (produced) => {
            give(right(produced ?? []))
          },
          (error: unknown) => {
            if (error instanceof WireError) give(left({ fault: error.fault, sent: error.sent }))
            else subscriber.error(error)
          }
        )
      }),
    initProducerId: (request) => stepOf(() => links.sendToAny(initProducerIdV4, request)),
    close: () => {
      links.close()
    }
  }
}
