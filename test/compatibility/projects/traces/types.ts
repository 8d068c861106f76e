import * as api from '@opentelemetry/api'
import type { ConsumerRecord } from 'ackstream'
import { traceWith, tracedWorker } from 'ackstream/opentelemetry'
import type { WorkerRecord } from 'ackstream/workers'

const tracing = traceWith(api, { tracer: api.trace.getTracer('mine'), operations: ['send'] })
export const active = (record: ConsumerRecord): string =>
  api.context.with(tracing.contextOf(record), () => api.trace.getActiveSpan()?.spanContext().traceId ?? '')
export default tracedWorker(api, ({ value }: WorkerRecord) => value?.length ?? 0)
