import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { ConnectionSettings } from '../../config/cluster-config.js'
import type { ProducerSettings } from '../../config/producer-config.js'
import type { ProducedBatch, TransactionCalls, Unanswered } from '../../ports/kafka-calls.js'
import { Coordinators } from './coordinators.js'
import { BrokerLinks } from './network/broker-links.js'
import { WireError } from './network/wire-error.js'
import { initProducerIdV4 } from './protocol/init-producer-id-v4.js'
import { produceV7 } from './protocol/produce-v7.js'
import { addOffsetsToTxnV2, addPartitionsToTxnV2, endTxnV2, txnOffsetCommitV3 } from './protocol/transaction-apis.js'
import { stepOf } from './step-of.js'

/**
 * A producer's requests over the wire, those of transactions too. Without metadata no batch is made: what batches need is
 * loaded before any is asked for.
 */
export const produceCalls = (
  connection: ConnectionSettings,
  { requestTimeoutMs }: Pick<ProducerSettings, 'requestTimeoutMs'>,
  load = (): Promise<void> => Promise.resolve()
): TransactionCalls => {
  const links = new BrokerLinks(connection)
  const transactions = new Coordinators(links, 'transaction')
  const groups = new Coordinators(links, 'group')
  return {
    metadata: (topics) =>
      stepOf(async () => {
        await load()
        return links.metadata(topics)
      }),
    produce: (nodeId, request) =>
      new Observable<Either<Unanswered, readonly ProducedBatch[]>>((subscriber) => {
        const give = (answer: Either<Unanswered, readonly ProducedBatch[]>): void => {
          subscriber.next(answer)
          subscriber.complete()
        }
        links.sendToNode(nodeId, 'produce', produceV7, request, requestTimeoutMs).then(
          (produced) => {
            give(right(produced ?? []))
          },
          (error: unknown) => {
            if (error instanceof WireError) give(left({ fault: error.fault, sent: error.sent }))
            else subscriber.error(error)
          }
        )
      }),
    initProducerId: (request) =>
      stepOf(() =>
        request.transactionalId === null
          ? links.sendToAny(initProducerIdV4, request)
          : transactions.send(request.transactionalId, 'group', initProducerIdV4, request, requestTimeoutMs, ownCode)
      ),
    addPartitionsToTxn: (request) =>
      stepOf(() => transactions.send(request.transactionalId, 'group', addPartitionsToTxnV2, request, requestTimeoutMs, firstCode)), // prettier-ignore
    addOffsetsToTxn: (request) =>
      stepOf(() => transactions.send(request.transactionalId, 'group', addOffsetsToTxnV2, request, requestTimeoutMs, itself)), // prettier-ignore
    txnOffsetCommit: (request) =>
      stepOf(() => groups.send(request.groupId, 'group', txnOffsetCommitV3, request, requestTimeoutMs, firstCode)),
    endTxn: (request) =>
      stepOf(() => transactions.send(request.transactionalId, 'group', endTxnV2, request, requestTimeoutMs, itself)),
    close: () => {
      links.close()
    }
  }
}

const itself = (code: number): number => code
const ownCode = ({ code }: { readonly code: number }): number => code
const firstCode = (codes: readonly { readonly code: number }[]): number => codes[0]?.code ?? 0
