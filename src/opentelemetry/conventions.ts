import type { SentHeader } from '../internal/trace-channels.js'
import type { OtelAttributes } from './api.js'

/**
 * The version of OpenTelemetry's semantic conventions that spans follow. Those for messaging are in development, so names may
 * change with a later version.
 */
export const conventionsVersion = '1.44.0'

/** `SpanKind` of OpenTelemetry. */
export const spanKind = { client: 2, producer: 3, consumer: 4 } as const

/** `SpanStatusCode.ERROR` of OpenTelemetry. */
export const statusError = 2

/** Names of the operations, by their types. */
export const operationNames = { send: 'send', receive: 'poll', process: 'process', settle: 'commit' } as const

/** The type of an operation. */
export type OperationType = keyof typeof operationNames

/** What is known about an operation; an omitted field is unknown, or differs between its records. */
export interface OperationFacts {
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: bigint | undefined
  readonly groupId?: string | null | undefined
  /** of batches */
  readonly count?: number | undefined
  readonly isTombstone?: boolean | undefined
}

/** `{messaging.operation.name} {destination}` */
export const spanName = (type: OperationType, topic: string | undefined): string =>
  topic === undefined ? operationNames[type] : `${operationNames[type]} ${topic}`

export const operationAttributes = (type: OperationType, facts: OperationFacts): OtelAttributes => ({
  'messaging.system': 'kafka',
  'messaging.operation.type': type,
  'messaging.operation.name': operationNames[type],
  ...factAttributes(facts)
})

/** The attributes of an operation, which never contain keys or values. */
export const factAttributes = (facts: OperationFacts): OtelAttributes => {
  const { topic, partition, offset, groupId, count, isTombstone } = facts
  return {
    ...(topic === undefined ? {} : { 'messaging.destination.name': topic }),
    ...(partition === undefined ? {} : { 'messaging.destination.partition.id': String(partition) }),
    ...(offset === undefined || offset < 0n ? {} : { 'messaging.kafka.offset': Number(offset) }),
    ...(groupId === undefined || groupId === null ? {} : { 'messaging.consumer.group.name': groupId }),
    ...(count === undefined ? {} : { 'messaging.batch.message_count': count }),
    ...(isTombstone === true ? { 'messaging.kafka.message.tombstone': true } : {})
  }
}

export const errorAttributes = (type: string): OtelAttributes => ({ 'error.type': type })

const decoder = /*#__PURE__*/ new TextDecoder()

/** Headers for a propagator; of several with one name the last counts. */
export const carrierOf = (headers: readonly SentHeader[]): Readonly<Record<string, string>> => {
  const carrier: Record<string, string> = Object.create(null) as Record<string, string>
  for (const { name, value } of headers)
    if (value !== null) carrier[name.toLowerCase()] = typeof value === 'string' ? value : decoder.decode(value)
  return carrier
}

/** Reads a carrier for a propagator. */
export const getter = {
  keys: (carrier: Readonly<Record<string, string>>): string[] => Object.keys(carrier),
  get: (carrier: Readonly<Record<string, string>>, key: string): string | undefined => carrier[key.toLowerCase()]
}
