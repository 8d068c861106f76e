import type { ConnectionSettings } from '../../config/connection-settings.js'
import type { ProducerSettings } from '../../config/producer-config.js'
import type { ProducedBatch, TransactionCalls, TransactionVersion, Unanswered } from '../../ports/kafka-calls.js'
import { Coordinators, tellingCode } from './coordinators.js'
import { BrokerLinks, type Rim } from './network/broker-links.js'
import type { RequestTimeouts } from './network/connection.js'
import { addOffsetsToTxn } from './protocol/add-offsets-to-txn.js'
import { addPartitionsToTxn } from './protocol/add-partitions-to-txn.js'
import { apiVersions } from './protocol/api-versions.js'
import { initProducerId } from './protocol/init-producer-id.js'
import { produceOf, transactionApis } from './protocol/transaction-apis.js'
import { answerOf, stepOf } from './step-of.js'
import { batchWithoutSecrets } from './without-secrets.js'

/**
 * A producer's requests over the wire, including those of transactions. No batch is made without metadata, so whatever batches
 * need is loaded before that is requested.
 */
export const produceCalls = (
  connection: ConnectionSettings,
  { requestTimeoutMs }: Pick<ProducerSettings, 'requestTimeoutMs'>,
  load = (): Promise<void> => Promise.resolve(),
  rim: Partial<Rim> = {}
): TransactionCalls => {
  const links = new BrokerLinks(connection, rim)
  return {
    metadata: (topics) =>
      stepOf(async () => {
        await load()
        return links.metadata(topics)
      }),
    produce: (nodeId, request) =>
      answerOf<Unanswered, readonly ProducedBatch[]>(
        async () => {
          const held = { timeoutMs: requestTimeoutMs, heldMs: request.timeoutMs }
          const produced = await links.sendToNode(nodeId, 'produce', produceOf(request), request, held)
          return (produced?.batches ?? []).map((batch) => batchWithoutSecrets(batch, links.secrets))
        },
        ({ fault, sent }) => ({ fault, sent })
      ),
    ...transactionCalls(links, { timeoutMs: requestTimeoutMs }),
    close: () => {
      links.close()
    }
  }
}

/** The requests of transactions, to the coordinators of the transaction and of the group. */
const transactionCalls = (
  links: BrokerLinks,
  times: RequestTimeouts
): Omit<TransactionCalls, 'metadata' | 'produce' | 'close'> => {
  const transactions = new Coordinators(links, 'transaction')
  const groups = new Coordinators(links, 'group')
  return {
    initProducerId: (request) =>
      stepOf(() =>
        request.transactionalId === null
          ? links.sendToAny(initProducerId, request)
          : transactions.send(request.transactionalId, 'group', initProducerId, request, times, ownCode)
      ),
    transactionVersion: () =>
      stepOf(async () => {
        const { features } = await links.sendToAny(apiVersions, undefined)
        return (features.get('transaction.version') ?? 0) >= 2 ? 2 : 1
      }),
    addPartitionsToTxn: (request) =>
      stepOf(() =>
        transactions.send(request.transactionalId, 'group', addPartitionsToTxn, request, times, tellingCode)
      ),
    addOffsetsToTxn: (request) =>
      stepOf(() => transactions.send(request.transactionalId, 'group', addOffsetsToTxn, request, times, itself)),
    txnOffsetCommit: (request) =>
      stepOf(() => groups.send(request.groupId, 'group', apisOf(request).txnOffsetCommit, request, times, tellingCode)),
    endTxn: (request) =>
      stepOf(() => transactions.send(request.transactionalId, 'group', apisOf(request).endTxn, request, times, ownCode))
  }
}

const apisOf = ({ version }: { readonly version: TransactionVersion }) => transactionApis[version]
const itself = (code: number): number => code
const ownCode = ({ code }: { readonly code: number }): number => code
