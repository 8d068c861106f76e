export { traceWith } from './opentelemetry/trace-with.js'
export type { Tracing, TracingOptions } from './opentelemetry/tracing.js'
export { tracedWorker } from './opentelemetry/traced-worker.js'
export { conventionsVersion } from './opentelemetry/conventions.js'
export type { OperationType } from './opentelemetry/conventions.js'
export type {
  OpenTelemetryApi,
  OtelAttributes,
  OtelContext,
  OtelLink,
  OtelSpan,
  OtelSpanContext,
  OtelSpanOptions,
  OtelTracer
} from './opentelemetry/api.js'
