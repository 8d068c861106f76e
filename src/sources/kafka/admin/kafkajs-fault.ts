import { errorCode } from '../../../core/protocol/error-code.js'
import type { Fault } from '../../../model/fault.js'
import { printable } from '../../../model/printable.js'
import { socketFault, WireError } from '../network/wire-error.js'
import { type AdminRequest, refusedFault } from './refusal.js'

/** The useful fields of kafkajs's errors; each error has some of them. */
interface KafkajsError {
  readonly name?: string
  readonly message?: string
  readonly type?: string
  readonly broker?: string
  readonly code?: string | number
  readonly cause?: unknown
  /** the error that kafkajs 1 wraps */
  readonly originalError?: unknown
  readonly topic?: string
  readonly errors?: readonly unknown[]
  readonly groups?: readonly { readonly groupId: string; readonly error: unknown }[]
  readonly partitions?: readonly { readonly partition: number; readonly error: unknown }[]
}

/** kafkajs uses Kafka's names for error codes. */
const codes: Readonly<Record<string, number>> = errorCode

/** An error of kafkajs as a fault: the first of several errors, the inner one of a wrapped error. `hide` removes secrets. */
export const kafkajsFault = (
  thrown: unknown,
  request: AdminRequest,
  hide: (text: string) => string = (text) => text,
  depth = 0
): Fault => {
  if (thrown instanceof WireError) return thrown.fault
  const error: KafkajsError = typeof thrown === 'object' && thrown !== null ? thrown : {}
  const reason = printable(hide(error.message ?? String(thrown)))
  const [first] = error.errors ?? []
  const [group] = error.groups ?? []
  const [partition] = error.partitions ?? []
  if (depth < 5) {
    if (first !== undefined) return kafkajsFault(first, request, hide, depth + 1)
    if (group !== undefined) return kafkajsFault(group.error, { ...request, about: group.groupId }, hide, depth + 1)
    if (partition !== undefined) {
      const fault = kafkajsFault(partition.error, request, hide, depth + 1)
      return fault._tag === 'BrokerFault' ? { ...fault, partition: partition.partition } : fault
    }
    const wrapped = error.cause ?? error.originalError
    if (error.type === undefined && wrapped !== undefined) return kafkajsFault(wrapped, request, hide, depth + 1)
  }
  const broker = error.broker ?? 'any broker'
  if (error.type === 'UNSUPPORTED_SASL_MECHANISM' || error.name === 'KafkaJSSASLAuthenticationError')
    return { _tag: 'AuthenticationFault', broker, reason }
  const code = error.type === undefined ? undefined : codes[error.type]
  if (code !== undefined) return refusedFault(code, request, { topic: error.topic ?? request.topic })
  switch (error.name) {
    case 'KafkaJSConnectionError':
    case 'KafkaJSConnectionClosedError':
      return socketFault(Object.assign(new Error(error.message), { code: error.code ?? '' }), 'open', broker)
    case 'KafkaJSServerDoesNotSupportApiKey':
      return { _tag: 'UnsupportedVersionFault', api: request.api, needed: 'in any version', offered: 'nothing' }
    case 'KafkaJSNonRetriableError':
      // kafkajs refused the call before it sent anything, e.g. because of two entries for one topic.
      return { _tag: 'UsageFault', reason: `${request.api}: ${reason}` }
    default: {
      // A node that is not in the cluster: the same fault as from our own requests.
      const [, node] = /^Broker (\d+) not found in the cached metadata/.exec(reason) ?? []
      if (node !== undefined) return { _tag: 'ConnectionFault', broker: `node ${node}`, reason: 'not in the cluster' }
      return { _tag: 'ConnectionFault', broker, reason }
    }
  }
}
