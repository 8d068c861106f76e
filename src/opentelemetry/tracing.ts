import type { Carried } from '../model/carried.js'
import type { OtelContext, OtelTracer } from './api.js'
import type { OperationType } from './conventions.js'

/** The options of `traceWith`. */
export interface TracingOptions {
  /** @default `trace.getTracer('ackstream')` */
  readonly tracer?: OtelTracer
  /** Which operations get spans. Without `send` nothing is injected into records. @default all */
  readonly operations?: readonly OperationType[]
  /**
   * Whether the span of one record's handler is a child of the span that produced the record. Otherwise it begins a trace of
   * its own, with a link to that span. @default true
   */
  readonly childOfProducer?: boolean
}

/** The tracing that `traceWith` started. */
export interface Tracing {
  /**
   * The context of a record: that of its last handler; before the first handler that of its headers. For code that no operator
   * calls, such as the body of a loop.
   */
  contextOf(carried: Carried<unknown>): OtelContext
  /** Ends the tracing. */
  unsubscribe(): void
}
