import type { SubscriptionAnswer } from '../../../core/telemetry/telemetry-machine.js'
import { describedApi } from './described-api.js'
import { bool, int16, int32, int8s, strings, uuid } from './message.js'

/**
 * Asks which metrics the brokers request from this client (KIP-714). A broker without a receiver for metrics does not support
 * it.
 */
export const getTelemetrySubscriptions = describedApi({
  name: 'GetTelemetrySubscriptions',
  key: 71,
  versions: '0',
  flexibleFrom: 0,
  request: { clientInstanceId: uuid('0+') },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    clientInstanceId: uuid('0+'),
    subscriptionId: int32('0+'),
    acceptedCompressionTypes: int8s('0+'),
    pushIntervalMs: int32('0+'),
    telemetryMaxBytes: int32('0+'),
    deltaTemporality: bool('0+'),
    requestedMetrics: strings('0+')
  },
  toMessage: (clientInstanceId: string | null) => ({ clientInstanceId }),
  fromMessage: (answer): SubscriptionAnswer => ({
    code: answer.errorCode,
    clientInstanceId: answer.clientInstanceId ?? '',
    subscriptionId: answer.subscriptionId,
    compressionTypes: answer.acceptedCompressionTypes,
    pushIntervalMs: answer.pushIntervalMs,
    maxBytes: answer.telemetryMaxBytes,
    delta: answer.deltaTemporality,
    metrics: answer.requestedMetrics
  })
})
