import {
  listOf,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong,
  truth,
  withMethods
} from '../model/check-arguments.js'
import { anApi } from './an-api.js'
import type { OpenTelemetryApi } from './api.js'
import { operationNames } from './conventions.js'
import { SpanMaker } from './span-maker.js'
import type { Tracing, TracingOptions } from './tracing.js'

/**
 * Makes spans of what consumers and producers of this process do, with `@opentelemetry/api`, and carries the context of
 * traces from record to record: `traceparent` and `tracestate`, or what the global propagator uses.
 *
 * - `send ORDERS` (producer): each record, from the call to its confirmation. It is injected into the record's headers,
 *   unless they have a `traceparent` of your own; the list that you gave stays as it is. Its parent is the span of the
 *   handler that the record came through, or the active one.
 * - `poll ORDERS` (client): what a partition delivers in one turn, with links to what the records were produced in.
 * - `process ORDERS` (consumer): each attempt of `handle`, `writeTo` and sinks, whose context is active in the handler,
 *   and in its promises. For one record its parent is what produced the record; for a batch there are links.
 * - `commit ORDERS` (client): each commit of offsets, and of a transaction.
 *
 * The context lasts through retries, parking, branches of `fanOut`, dead letters and their replay, and worker threads
 * (`tracedWorker`). Keys and values are in no span. Names follow `conventionsVersion` of the semantic conventions, whose
 * part on messaging is in development.
 *
 * Call it once, before the consumers run. Records cost nothing for it where it is not called.
 *
 * @throws ConsumerError with a `ConfigFault`, or with a `UsageFault` where there is no `node:diagnostics_channel`
 *
 * @example
 * import * as api from '@opentelemetry/api'
 * const tracing = traceWith(api)
 */
export const traceWith = (api: OpenTelemetryApi, options: TracingOptions = {}): Tracing => {
  refuseWrong(
    problemsWith('traceWith: api', api, anApi),
    problemsWithOptions('traceWith', options, {
      tracer: optional(withMethods('a Tracer of OpenTelemetry', 'startSpan')),
      operations: optional(listOf(anOperation, `a list of ${operations.join(', ')}`)),
      childOfProducer: optional(truth)
    })
  )
  return new SpanMaker(api, options)
}

const operations: readonly unknown[] = Object.keys(operationNames)
const anOperation = { allowed: operations.join(', '), holds: (given: unknown): boolean => operations.includes(given) }
