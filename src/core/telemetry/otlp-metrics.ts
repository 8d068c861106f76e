import type { ClientMetric } from './client-meter.js'

/** When metrics were measured, in ms since 1970. */
export interface MeasuredTimes {
  /** the start of the counters */
  readonly from: number
  readonly to: number
}

/**
 * Metrics as OpenTelemetry's `MetricsData` v1 in protobuf (opentelemetry/proto/metrics/v1/metrics.proto), the content of
 * PushTelemetry. Counters are monotonic sums.
 */
export const otlpMetrics = (
  resource: Readonly<Record<string, string>>,
  metrics: readonly ClientMetric[],
  times: MeasuredTimes,
  delta: boolean
): Uint8Array => {
  const attributes = message(...Object.entries(resource).map(([name, value]) => field(1, keyValue(name, value))))
  const scope = message(
    field(1, message(field(1, text('ackstream')))),
    ...metrics.map((metric) => field(2, metricOf(metric, times, delta)))
  )
  return message(field(1, message(field(1, attributes), field(2, scope))))
}

const metricOf = (
  { name, type, value, labels }: ClientMetric,
  { from, to }: MeasuredTimes,
  delta: boolean
): Uint8Array => {
  const point = message(
    ...(type === 'counter' ? [fixed64(2, nanoseconds(from))] : []),
    fixed64(3, nanoseconds(to)),
    double(4, value),
    ...Object.entries(labels).map(([label, of]) => field(7, keyValue(label, of)))
  )
  const temporality = delta ? 1 : 2
  return message(
    field(1, text(name)),
    type === 'gauge'
      ? field(5, message(field(1, point)))
      : field(7, message(field(1, point), varintField(2, temporality), varintField(3, 1)))
  )
}

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n

const encoder = /*#__PURE__*/ new TextEncoder()
const text = (value: string): Uint8Array => encoder.encode(value)
const keyValue = (key: string, value: string): Uint8Array =>
  message(field(1, text(key)), field(2, message(field(1, text(value)))))

/** Fields one after the other. */
const message = (...fields: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const one of fields) {
    whole.set(one, at)
    at += one.length
  }
  return whole
}

/** A field with bytes, a text, or another message: wire type 2. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  message(varint((number << 3) | 2), varint(content.length), content)

const varintField = (number: number, value: number): Uint8Array => message(varint(number << 3), varint(value))

/** A field of eight bytes: wire type 1. */
const eightBytes = (number: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(8)
  write(new DataView(bytes.buffer))
  return message(varint((number << 3) | 1), bytes)
}
const fixed64 = (number: number, value: bigint): Uint8Array =>
  eightBytes(number, (view) => {
    view.setBigUint64(0, value, true)
  })
const double = (number: number, value: number): Uint8Array =>
  eightBytes(number, (view) => {
    view.setFloat64(0, value, true)
  })

const varint = (value: number): Uint8Array => {
  const bytes: number[] = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  bytes.push(left)
  return Uint8Array.from(bytes)
}
