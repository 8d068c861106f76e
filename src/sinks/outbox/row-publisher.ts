import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { ProducerProperties } from '../../config/producer-config.js'
import type { TransactionalProperties } from '../../config/transactional-config.js'
import { isRefusalOfProducer } from '../../core/producing/produce-verdict.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerEvent } from '../../model/producer-event.js'
import type { Cluster } from '../../ports/cluster.js'
import { producer, type RecordToSend } from '../producer.js'
import { transactionalProducer } from '../transactional-producer.js'
import { messageIdHeader } from './message-id.js'
import type { OutboxRow } from './outbox-table.js'

/** The outcome of a row. */
export interface RowOutcome {
  readonly row: OutboxRow
  readonly outcome: Either<Fault, Committed>
}

/** Writes rows to the cluster. */
export interface RowPublisher {
  /**
   * Resolves with the outcomes of the rows. The caller reads rows without an outcome again. Rejects with a fault that no single
   * row caused.
   */
  readonly publish: (rows: readonly OutboxRow[]) => Promise<readonly RowOutcome[]>
  /** Closes at once: rows without an answer may have been written. */
  readonly close: () => void
}

/** The properties of a producer; with `transactional.id` each batch is a transaction. */
export type OutboxProducerProperties = ProducerProperties & Partial<TransactionalProperties>

/**
 * Without a transaction, giving up a record while later records of its key succeed would break their order. So the producer
 * sends each record until the broker accepts or refuses it. `openOutbox` refuses other values of these properties, and of
 * `retries`.
 */
const untilAnswered = { 'delivery.timeout.ms': 2_147_483_647 }

const encoder = /*#__PURE__*/ new TextEncoder()

/** @throws ConsumerError with a `ConfigFault` that lists every problem of the properties */
export const rowPublisher = (
  cluster: Cluster,
  properties: OutboxProducerProperties,
  report: (event: ProducerEvent) => void
): RowPublisher => {
  const { 'transactional.id': id } = properties
  return id === undefined
    ? plainPublisher(cluster, { ...properties, ...untilAnswered }, report)
    : transactionPublisher(cluster, { ...properties, 'transactional.id': id })
}

const plainPublisher = (
  cluster: Cluster,
  properties: ProducerProperties,
  report: (event: ProducerEvent) => void
): RowPublisher => {
  const writer = producer(cluster, properties)
  const reports = writer.events.subscribe(report)
  return {
    publish: (rows) =>
      new Promise((resolve, reject) => {
        const { records, outcomes } = recordsOfRows(rows)
        writer.sendAll(records.map(({ record }) => record)).subscribe({
          next: ({ index, outcome }) => {
            const row = records[index]?.row
            if (row !== undefined) outcomes.push({ row, outcome })
          },
          error: reject,
          complete: () => {
            resolve(outcomes)
          }
        })
      }),
    close: () => {
      reports.unsubscribe()
      void writer.close({ timeoutMs: 0 })
    }
  }
}

const transactionPublisher = (cluster: Cluster, properties: TransactionalProperties): RowPublisher => {
  const writer = transactionalProducer(cluster, properties)
  return {
    publish: async (rows) => {
      const { records, outcomes: unreadable } = recordsOfRows(rows)
      if (unreadable.length > 0) return unreadable
      // The first failure is the cause: an aborted transaction fails the others.
      let refused: RowOutcome | null = null
      try {
        return await writer.transaction((tx) =>
          Promise.all(
            records.map(async ({ row, record }): Promise<RowOutcome> => {
              try {
                return { row, outcome: right(await tx.send(record)) }
              } catch (error) {
                const fault = faultOfError(error)
                if (fault !== null) refused ??= { row, outcome: left(fault) }
                throw error
              }
            })
          )
        )
      } catch (error) {
        const first = refused as RowOutcome | null
        if (first !== null && isLeft(first.outcome) && isRefusal(first.outcome.left)) return [first]
        throw error
      }
    },
    close: () => {
      void writer.close({ timeoutMs: 0 })
    }
  }
}

/** Whether the row is the cause, and not the cluster or the producer. */
export const isRefusal = (fault: Fault): boolean => {
  switch (fault._tag) {
    case 'ProduceFault':
      return fault.permanent && fault.trouble !== 'fenced' && !isRefusalOfProducer(fault)
    case 'AuthorizationFault':
      return fault.resource === 'topic'
    case 'UsageFault':
      return true
    default:
      return false
  }
}

/** Whether another producer, or the broker, has ended this one permanently. */
export const isFenced = (fault: Fault): boolean =>
  fault._tag === 'FencedFault' || (fault._tag === 'ProduceFault' && fault.trouble === 'fenced' && fault.permanent)

/**
 * The published rows that may be marked, in the order of the table. A row that follows an unmarked row of its key is left out:
 * it is published again with that one, so that the last copies of a key are in order.
 */
export const confirmedRows = (
  rows: readonly OutboxRow[],
  outcomes: readonly RowOutcome[],
  staysDue: (fault: Fault) => boolean
): readonly { readonly row: OutboxRow; readonly at: Committed }[] => {
  const known = new Map(outcomes.map(({ row, outcome }) => [row, outcome]))
  const due = new Set<string>()
  const confirmed: { readonly row: OutboxRow; readonly at: Committed }[] = []
  for (const row of rows) {
    const outcome = known.get(row)
    if (outcome === undefined || (isLeft(outcome) && staysDue(outcome.left))) {
      if (row.key !== null) due.add(keyOf(row))
    } else if (!isLeft(outcome) && (due.size === 0 || !due.has(keyOf(row)))) confirmed.push({ row, at: outcome.right })
  }
  return confirmed
}

/** The same key for a text and its bytes. */
const keyOf = ({ topic, key }: OutboxRow): string =>
  key === null ? topic : `${topic} ${(typeof key === 'string' ? encoder.encode(key) : key).join()}`

const recordsOfRows = (
  rows: readonly OutboxRow[]
): {
  readonly records: readonly { readonly row: OutboxRow; readonly record: RecordToSend }[]
  readonly outcomes: RowOutcome[]
} => {
  const records: { readonly row: OutboxRow; readonly record: RecordToSend }[] = []
  const outcomes: RowOutcome[] = []
  for (const row of rows)
    try {
      records.push({ row, record: recordOf(row) })
    } catch (error) {
      const fault = faultOfError(error)
      if (fault === null) throw error
      outcomes.push({ row, outcome: left(fault) })
    }
  return { records, outcomes }
}

const recordOf = ({ topic, key, value, headers, messageId }: OutboxRow): RecordToSend => ({
  topic,
  key,
  value,
  headers: [...headersOf(headers), { name: messageIdHeader, value: messageId }]
})

const headersOf = (json: string | null): NonNullable<RecordToSend['headers']> => {
  if (json === null) return []
  let headers: unknown
  try {
    headers = JSON.parse(json)
  } catch {
    headers = undefined
  }
  if (headers === null) return []
  if (typeof headers === 'object' && !Array.isArray(headers)) {
    const named = Object.entries(headers)
    if (named.every((header): header is [string, string | null] => header[1] === null || typeof header[1] === 'string'))
      return named.map(([name, value]) => ({ name, value }))
  }
  throw new ConsumerError({
    _tag: 'UsageFault',
    reason: 'the headers of a row in an outbox are no object of names and texts'
  })
}
