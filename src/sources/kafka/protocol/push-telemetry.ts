import { describedApi } from './described-api.js'
import { bool, bytes, int16, int32, int8, uuid } from './message.js'

/** Metrics to push to a broker. */
export interface PushTelemetryRequest {
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly terminating: boolean
  /** a codec by Kafka's number */
  readonly compressionType: number
  readonly metrics: Uint8Array
}

/** Pushes metrics to a broker; returns its error code (KIP-714). */
export const pushTelemetry = describedApi({
  name: 'PushTelemetry',
  key: 72,
  versions: '0',
  flexibleFrom: 0,
  request: {
    clientInstanceId: uuid('0+'),
    subscriptionId: int32('0+'),
    terminating: bool('0+'),
    compressionType: int8('0+'),
    metrics: bytes('0+')
  },
  response: { throttleTimeMs: int32('0+'), errorCode: int16('0+') },
  toMessage: (request: PushTelemetryRequest) => request,
  fromMessage: ({ errorCode }): number => errorCode
})
